#include "framing/nmf_states.h"

#include <stddef.h>

/* The modes and their states after the preamble; duplex stands in the table, the others are put in its place. */
#define MESSAGES WWS_NMF_AT_MESSAGES
#define REPLIES WWS_NMF_CLIENT_AT_MESSAGES

typedef struct row {
    const char *wants;
    uint8_t next[WWS_NMF_RECORDS]; /* the state plus one; 0: wrong */
} row;

#define TO(state) (uint8_t)((state) + 1)

static const row ROWS[WWS_NMF_STATES] = {
    [WWS_NMF_AT_VERSION] = {"a Version record", {[WWS_NMF_VERSION] = TO(WWS_NMF_AT_MODE)}},
    [WWS_NMF_AT_MODE] = {"a Mode record", {[WWS_NMF_MODE] = TO(WWS_NMF_AT_VIA)}},
    [WWS_NMF_AT_VIA] = {"a Via record", {[WWS_NMF_VIA] = TO(WWS_NMF_AT_ENCODING)}},
    [WWS_NMF_AT_ENCODING] = {"an encoding record",
                             {[WWS_NMF_KNOWN_ENCODING] = TO(WWS_NMF_AT_PREAMBLE_END),
                              [WWS_NMF_EXTENSIBLE_ENCODING] = TO(WWS_NMF_AT_PREAMBLE_END)}},
    [WWS_NMF_AT_PREAMBLE_END] =
        {"a PreambleEnd or UpgradeRequest record",
         {[WWS_NMF_UPGRADE_REQUEST] = TO(WWS_NMF_AT_UPGRADE), [WWS_NMF_PREAMBLE_END] = TO(MESSAGES)}},
    [WWS_NMF_AT_UPGRADE] = {"nothing before the upgrade", {0}},
    [WWS_NMF_AT_MESSAGES] = {"a SizedEnvelope or End record",
                             {[WWS_NMF_SIZED_ENVELOPE] = TO(MESSAGES), [WWS_NMF_END] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_AT_SINGLETON] = {"an UnsizedEnvelope record", {[WWS_NMF_UNSIZED_ENVELOPE] = TO(WWS_NMF_AT_SINGLETON_END)}},
    [WWS_NMF_AT_SINGLETON_END] = {"an End record", {[WWS_NMF_END] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_AT_RAW] = {"the message", {0}},
    [WWS_NMF_AT_NOTHING] = {"nothing more", {0}},
    [WWS_NMF_CLIENT_QUIET] = {"nothing yet", {0}},
    [WWS_NMF_CLIENT_AT_UPGRADE_RESPONSE] =
        {"an UpgradeResponse record",
         {[WWS_NMF_UPGRADE_RESPONSE] = TO(WWS_NMF_CLIENT_QUIET), [WWS_NMF_FAULT] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_CLIENT_AT_ACK] = {"a PreambleAck record",
                               {[WWS_NMF_PREAMBLE_ACK] = TO(REPLIES), [WWS_NMF_FAULT] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_CLIENT_AT_MESSAGES] = {"a SizedEnvelope or End record",
                                    {[WWS_NMF_SIZED_ENVELOPE] = TO(REPLIES),
                                     [WWS_NMF_END] = TO(WWS_NMF_AT_NOTHING),
                                     [WWS_NMF_FAULT] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_CLIENT_AT_REPLY] = {"an UnsizedEnvelope or End record",
                                 {[WWS_NMF_UNSIZED_ENVELOPE] = TO(WWS_NMF_CLIENT_AT_REPLY_END),
                                  [WWS_NMF_END] = TO(WWS_NMF_AT_NOTHING),
                                  [WWS_NMF_FAULT] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_CLIENT_AT_REPLY_END] =
        {"an End record", {[WWS_NMF_END] = TO(WWS_NMF_AT_NOTHING), [WWS_NMF_FAULT] = TO(WWS_NMF_AT_NOTHING)}},
    [WWS_NMF_WRONG] = {"nothing more", {0}},
};

wws_nmf_state wws_nmf_next_state(wws_nmf_state state, wws_nmf_record record)
{
    const uint8_t next = ROWS[state].next[record];
    return next == 0 ? WWS_NMF_WRONG : (wws_nmf_state)(next - 1);
}

wws_nmf_state wws_nmf_state_of_mode(wws_nmf_mode mode, int server)
{
    switch (mode) {
    case WWS_NMF_SINGLETON_UNSIZED:
        return server ? WWS_NMF_AT_SINGLETON : WWS_NMF_CLIENT_AT_REPLY;
    case WWS_NMF_SINGLETON_SIZED:
        return server ? WWS_NMF_AT_RAW : WWS_NMF_AT_NOTHING;
    case WWS_NMF_DUPLEX:
    case WWS_NMF_SIMPLEX:
    default:
        return server ? MESSAGES : REPLIES;
    }
}

const char *wws_nmf_record_name(unsigned record)
{
    static const char *const names[WWS_NMF_RECORDS] = {
        "Version",         "Mode",          "Via",        "KnownEncoding", "ExtensibleEncoding",
        "UnsizedEnvelope", "SizedEnvelope", "End",        "Fault",         "UpgradeRequest",
        "UpgradeResponse", "PreambleAck",   "PreambleEnd"};
    return record < WWS_NMF_RECORDS ? names[record] : NULL;
}

const char *wws_nmf_state_wants(wws_nmf_state state)
{
    return ROWS[state].wants;
}
