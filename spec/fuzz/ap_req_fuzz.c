/* AP-REQs: whatever is found lies inside the token, and the token is nothing but what was found and its frame. */
#include <stdlib.h>

#include "gss/ap_req.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool is_inside(wws_span part, wws_span whole)
{
    return part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const wws_span token = {data, size};
    wws_ap_req request;
    wws_error err;
    if (wws_ap_req_read(token, &request, &err) == WWS_OK) {
        must(is_inside(request.ticket, token) && is_inside(request.authenticator, token));
        must(request.authenticator.len > 0 && request.ticket.at + request.ticket.len < request.authenticator.at);
        must(wws_ap_req_read((wws_span){data, size - 1}, &request, NULL) != WWS_OK);
    }
    return 0;
}
