/** @file url_binding.h  Which rules hold for a channel or a listener with that URL. */
#ifndef WWS_CHANNEL_URL_BINDING_H
#define WWS_CHANNEL_URL_BINDING_H

#include "framing/url.h"
#include "security/description/description.h"

/**
 * net.uds has the rules of a named pipe, or, where the description has a transport binding of TCP's (a Unix socket
 * takes the same upgrades), those of TCP.
 */
wws_channel_binding wws_url_binding(const wws_url *url, const wws_description *description);
/** @return the scheme without `://` */
const char *wws_url_scheme_name(wws_scheme scheme);
/** Does the client ask for the upgrade that only says: look at the credentials of the socket? */
bool wws_url_asks_posix(const wws_url *url, const wws_description *description);

#endif
