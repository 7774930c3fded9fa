/**
 * @file tls_engine.h
 * TLS 1.2 and 1.3 between two buffers: cipher bytes in and out, plain bytes in and out, no sockets.
 *
 * One wws_tls_config a description (it owns the SSL_CTX and the session cache); one wws_tls a connection.
 * Verification decides after collecting every failure of the chain (tls.md section 1), inside the handshake,
 * so the alert is right and no application byte leaves first.
 */
#ifndef WWS_CRYPTO_TLS_ENGINE_H
#define WWS_CRYPTO_TLS_ENGINE_H

#include "base/buf.h"
#include "base/env.h"
#include "crypto/x509.h"

/** WS_CERT_FAILURE flags. */
enum {
    WWS_CERT_FAILURE_CN_MISMATCH = 0x1,
    WWS_CERT_FAILURE_INVALID_DATE = 0x2,
    WWS_CERT_FAILURE_UNTRUSTED_ROOT = 0x4,
    WWS_CERT_FAILURE_WRONG_USAGE = 0x8,
    WWS_CERT_FAILURE_REVOCATION_OFFLINE = 0x10
};

/** WS_SECURE_PROTOCOL flags; 0x20 (TLS 1.3) is our extension. */
enum { WWS_TLS1_0 = 0x4, WWS_TLS1_1 = 0x8, WWS_TLS1_2 = 0x10, WWS_TLS1_3 = 0x20 };

/** All but the certificate is borrowed for the call that makes a config. */
typedef struct wws_tls_options {
    bool server;
    /** Kept by the config. Required, with its key, on a server; on a client what it shows when asked. */
    wws_certificate *certificate;
    const char *trust;  /**< PEM file or directory of hashed names; CRLs in it count. NULL: the system's store */
    wws_span trust_pem; /**< PEM text instead of a file; absent for none */
    uint32_t ignored;   /**< WWS_CERT_FAILURE flags tolerated (client). The documented default of the setting is
                             WWS_CERT_FAILURE_REVOCATION_OFFLINE: the caller passes it, none is assumed here */
    /**
     * WS_SECURE_PROTOCOL flags, read when `disallowed_given`: then exactly the versions not named here are on, TLS 1.0
     * and 1.1 included (which lowers OpenSSL's security level to 0, the only one that still speaks them). Else TLS 1.2
     * and 1.3 are on and nothing below.
     */
    uint32_t disallowed;
    bool disallowed_given;
    bool require_client_certificate; /**< server: needs trust or trust_pem */
    /**
     * By the CRLs of the trust store, on a client by a stapled OCSP response too. When neither says anything, that is
     * WWS_CERT_FAILURE_REVOCATION_OFFLINE, which a server always lets pass.
     */
    bool check_revocation;
} wws_tls_options;

typedef struct wws_tls_config wws_tls_config;
typedef struct wws_tls wws_tls;

/** @return invalidarg naming the setting and the file that could not be read; outofmemory; security_system_failure */
WWS_MUST_CHECK wws_result wws_tls_config_new(const wws_tls_options *options, wws_tls_config **out, wws_error *err);
void wws_tls_config_free(wws_tls_config *config); /**< connections keep it alive until they go */

/**
 * Client: whose certificates the server would have taken, which refused ours or missed one. Taken once.
 * @param out  gets their RFC 2253 names, each with a NUL behind it; those for which there is no room are left out
 * @return how much was filled; 0: nobody refused since, or none was named
 */
size_t wws_tls_config_take_issuers(wws_tls_config *config, char *out, size_t room);

/**
 * @param config  kept
 * @param env  borrowed; outlives the connection. Its clock is the verification time, at the moment of verification.
 * @param host  client: the name for SNI and the default name to verify (an IP literal is handled as one); NULL on a
 * server
 * @param identity  client: a DNS identity that replaces @p host in the name check only; NULL for none
 * @return invalidarg for a client without a host; outofmemory; security_system_failure
 */
WWS_MUST_CHECK wws_result wws_tls_new(wws_tls_config *config, const wws_env *env, const char *host,
                                      const char *identity, wws_tls **out, wws_error *err);
void wws_tls_free(wws_tls *tls); /**< NULL is fine */

/**
 * Hands over cipher bytes from the peer. All are taken.
 * @return invalid_format when they are no TLS at all; quota_exceeded when a mebibyte waits unread; outofmemory
 */
WWS_MUST_CHECK wws_result wws_tls_feed(wws_tls *tls, wws_span cipher, wws_error *err);
/** Tells that the peer's stream ended: a truncation, which the next handshake or read reports, unless close_notify
 * came. */
void wws_tls_feed_end(wws_tls *tls);

/**
 * Drives the handshake. @param done  true once application bytes may flow.
 * A failure is final: every later call that could fail repeats it. There may still be an alert to take with
 * wws_tls_take_cipher. Certificate failures give cert_e_* codes with `got` naming the certificate; "wrong version
 * number" gives a hint that the peer does not speak TLS.
 */
WWS_MUST_CHECK wws_result wws_tls_handshake(wws_tls *tls, bool *done, wws_error *err);

/** Appends cipher bytes that must go to the peer. Call after each handshake, read (it may answer a key update), write
 * and close. */
WWS_MUST_CHECK wws_result wws_tls_take_cipher(wws_tls *tls, wws_buf *out, wws_error *err);
WWS_MUST_CHECK wws_result wws_tls_write(wws_tls *tls, wws_span plain, wws_error *err);
/**
 * Appends up to @p max plain bytes (fewer when @p out has no room); none is no failure.
 * @param ended  true once the peer closed its side in order
 * @return endpoint_access_denied when the server refused or missed our certificate (TLS 1.3 tells it only now);
 *         endpoint_disconnected when the stream ended without close_notify; invalid_format,
 *         security_verification_failure for records that are not the peer's
 */
WWS_MUST_CHECK wws_result wws_tls_read(wws_tls *tls, wws_buf *out, size_t max, bool *ended, wws_error *err);
/** Queues close_notify. */
void wws_tls_close(wws_tls *tls);

bool wws_tls_is_ready(const wws_tls *tls);  /**< the handshake is over */
bool wws_tls_has_ended(const wws_tls *tls); /**< the peer's close_notify was read */
bool wws_tls_resumed(const wws_tls *tls);
/** WWS_CERT_FAILURE flags of what was wrong with the peer's certificate and ignored; 0 on a resumed connection. */
uint32_t wws_tls_ignored(const wws_tls *tls);
const char *wws_tls_version(const wws_tls *tls); /**< static, such as "TLSv1.3" */
/** DER of the peer's certificate; @p out stays empty when it sent none. */
WWS_MUST_CHECK wws_result wws_tls_peer_certificate(const wws_tls *tls, wws_buf *out, wws_error *err);

/** What GSSAPI is told to tie an authentication to this connection's server: channel bindings. Empty: not defined. */
enum { WWS_TLS_BINDING_MAX = 96 };
typedef struct wws_tls_binding {
    uint8_t bytes[WWS_TLS_BINDING_MAX];
    size_t len;
} wws_tls_binding;

/** `tls-server-end-point` of the connection, at either end. @pre the handshake is over */
WWS_MUST_CHECK wws_result wws_tls_end_point(const wws_tls *tls, wws_tls_binding *out, wws_error *err);
/** The same of a server's certificate. @return invalidarg: it is none */
WWS_MUST_CHECK wws_result wws_tls_end_point_of(wws_span der, const wws_alloc *alloc, wws_tls_binding *out,
                                               wws_error *err);

/** @return true when bytes that came to a plain port are the start of TLS: for the error's hint */
bool wws_tls_is_hello(wws_span bytes);

#endif
