/** @file nmf_states.h  Which record may come when (MC-NMF): every state of a reader, every record, in one table. */
#ifndef WWS_FRAMING_NMF_STATES_H
#define WWS_FRAMING_NMF_STATES_H

#include <stdint.h>

/** The first octet of each record. */
typedef enum wws_nmf_record {
    WWS_NMF_VERSION,
    WWS_NMF_MODE,
    WWS_NMF_VIA,
    WWS_NMF_KNOWN_ENCODING,
    WWS_NMF_EXTENSIBLE_ENCODING,
    WWS_NMF_UNSIZED_ENVELOPE,
    WWS_NMF_SIZED_ENVELOPE,
    WWS_NMF_END,
    WWS_NMF_FAULT,
    WWS_NMF_UPGRADE_REQUEST,
    WWS_NMF_UPGRADE_RESPONSE,
    WWS_NMF_PREAMBLE_ACK,
    WWS_NMF_PREAMBLE_END,
    WWS_NMF_RECORDS
} wws_nmf_record;

typedef enum wws_nmf_mode {
    WWS_NMF_SINGLETON_UNSIZED = 1, /**< one message and at most one reply, in chunks */
    WWS_NMF_DUPLEX,                /**< a session, messages in both directions */
    WWS_NMF_SIMPLEX,               /**< a session, messages to the server only */
    WWS_NMF_SINGLETON_SIZED        /**< one message to the server: all that follows the preamble */
} wws_nmf_mode;

/** What a reader waits for. Those of a server first, then those of a client. */
typedef enum wws_nmf_state {
    WWS_NMF_AT_VERSION,
    WWS_NMF_AT_MODE,
    WWS_NMF_AT_VIA,
    WWS_NMF_AT_ENCODING,
    WWS_NMF_AT_PREAMBLE_END,  /**< or an upgrade request */
    WWS_NMF_AT_UPGRADE,       /**< the upgrade is under way: no record may come */
    WWS_NMF_AT_MESSAGES,      /**< duplex and simplex */
    WWS_NMF_AT_SINGLETON,     /**< its one message */
    WWS_NMF_AT_SINGLETON_END, /**< its message was read */
    WWS_NMF_AT_RAW,           /**< singleton sized: no records any more */
    WWS_NMF_AT_NOTHING,       /**< the peer has finished */
    WWS_NMF_CLIENT_QUIET,     /**< the server has nothing to say yet */
    WWS_NMF_CLIENT_AT_UPGRADE_RESPONSE,
    WWS_NMF_CLIENT_AT_ACK,
    WWS_NMF_CLIENT_AT_MESSAGES,
    WWS_NMF_CLIENT_AT_REPLY,     /**< singleton: the reply, or an End without one */
    WWS_NMF_CLIENT_AT_REPLY_END, /**< singleton: its reply was read */
    WWS_NMF_WRONG,               /**< final */
    WWS_NMF_STATES
} wws_nmf_state;

/**
 * @return the state after @p record, WWS_NMF_WRONG when it may not come. After PREAMBLE_END and the preamble's ack the
 * mode decides: see wws_nmf_state_of_mode.
 */
wws_nmf_state wws_nmf_next_state(wws_nmf_state state, wws_nmf_record record);
/** Where a session of @p mode goes on after its preamble. */
wws_nmf_state wws_nmf_state_of_mode(wws_nmf_mode mode, int server);
/** @return "Version", "SizedEnvelope" …: static */
const char *wws_nmf_record_name(unsigned record);
/** @return what is waited for, in words: static */
const char *wws_nmf_state_wants(wws_nmf_state state);

#endif
