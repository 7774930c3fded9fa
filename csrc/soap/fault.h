/** @file fault.h  SOAP faults, read and written in both versions (soap.md section 2). */
#ifndef WWS_SOAP_FAULT_H
#define WWS_SOAP_FAULT_H

#include "encoding/xml_node.h"
#include "soap/version.h"

typedef struct wws_qname {
    wws_span ns;
    wws_span local; /**< absent: no name */
} wws_qname;

/**
 * A fault. Spans borrow: from the message's arena when read, from static text or the caller when written.
 * `code` is one of the version-free five ("Sender", "Receiver", "MustUnderstand", "VersionMismatch",
 * "DataEncodingUnknown", ns absent) or a custom name. A SOAP 1.1 faultcode that is not one of the five becomes the
 * subcode, with code "Receiver" unless it is known to be the sender's.
 */
typedef struct wws_fault {
    wws_qname code;
    wws_qname subcode;
    wws_qname subsubcode;
    wws_span reason;
    wws_span lang;
    wws_span node;
    wws_span role;
    wws_span detail;                /**< content as self-contained XML */
    const char *action;             /**< static; what to send it under; NULL: the default fault action */
    const char *problem_header;     /**< written, addressing 1.0: the header that was wrong, its local name; static */
    bool unsecured;                 /**< written: send it without a Security header */
    wws_envelope_version envelope;  /**< written: in this SOAP version; 0: the channel's */
    wws_envelope_version supported; /**< VersionMismatch: the one to name in the Upgrade header; 0: none */
    wws_qname not_understood;       /**< MustUnderstand: the header block's name; borrows from the message */
} wws_fault;

/** A fault of ours, all texts static. @param subcode NULL for none */
wws_fault wws_fault_make(const char *code, const char *subcode_ns, const char *subcode, const char *reason);

/** True when the body's first element is Fault of that SOAP version. */
bool wws_fault_is(const wws_xml_node *body_child, wws_envelope_version version);
/** @param fault_node a built Fault element; @param document the bytes it was read from (for detail) */
WWS_MUST_CHECK wws_result wws_fault_read(const wws_xml_node *fault_node, wws_envelope_version version,
                                         wws_span document, wws_arena *arena, wws_fault *out, wws_error *err);
/** Appends the Fault element. Prefix `s` must stand for the SOAP namespace where it is put. */
WWS_MUST_CHECK wws_result wws_fault_write(wws_buf *out, const wws_fault *fault, wws_envelope_version version,
                                          wws_error *err);
/** Appends the header blocks that go with a fault: Upgrade, and in SOAP 1.2 NotUnderstood. Often nothing. */
WWS_MUST_CHECK wws_result wws_fault_write_headers(wws_buf *out, const wws_fault *fault, wws_envelope_version version,
                                                  wws_error *err);

/** Is @p name that local name in that namespace? */
bool wws_qname_is(const wws_qname *name, const char *ns, const char *local);

/** The code that a received fault becomes: its most specific name that WWSAPI knows, else endpoint_fault_received. */
wws_result wws_fault_result(const wws_fault *fault);

#endif
