/* The Kerberos token of a message: a fresh one each, got by a job, since a KDC may have to be asked. */
#include "channel/request_channel_parts.h"
#include "gss/ap_req.h"

#define WHAT "asking for a Kerberos ticket"

const wws_windows *wws_ticket_source(const wws_request_channel *channel, wws_leg leg)
{
    const bool boot = leg == WWS_LEG_ISSUE || leg == WWS_LEG_RENEW;
    const wws_windows *source = boot ? &channel->boot_tickets : &channel->tickets;
    return source->credential == NULL ? NULL : source;
}

void wws_ticket_forget(wws_request_channel *channel)
{
    wws_gss_context_free(channel->call.ticket); /* a job that still runs has its own reference */
    channel->call.ticket = NULL;
}

static wws_result fail(wws_request_channel *channel, wws_result code, const char *sentence, wws_error *err)
{
    wws_ticket_forget(channel);
    (void)wws_fail(err, code, "%s", sentence);
    wws_error_about(err, wws_binding_name(WWS_BINDING_KERBEROS_APREQ), NULL);
    return code;
}

static wws_result ask(wws_request_channel *channel, const wws_windows *source, wws_action *out, wws_error *err)
{
    wws_tls_binding binding = {.len = 0};
    if (channel->session == NULL && channel->http.stream.tls != NULL) {
        WWS_TRY(wws_tls_end_point(channel->http.stream.tls, &binding, err));
    }
    const wws_windows_use use = {.package = WWS_GSS_PACKAGE_KERBEROS, .binding = {binding.bytes, binding.len}};
    WWS_TRY(wws_windows_context_of(source, &use, &channel->call.ticket, err));
    *out = (wws_action){.kind = WWS_ACTION_JOB,
                        .job = wws_gss_context_job(channel->call.ticket),
                        .timeout = wws_settings_seconds(&channel->settings, WWS_SEND_TIMEOUT),
                        .what = WHAT};
    return WWS_OK;
}

wws_result wws_ticket_step(wws_request_channel *channel, const wws_input *input, wws_action *out, bool *waits,
                           wws_error *err)
{
    const wws_windows *source = wws_ticket_source(channel, wws_leg_choose(channel));
    *waits = false;
    if (source == NULL) {
        return WWS_OK;
    }
    if (channel->call.ticket == NULL) {
        *waits = true;
        return ask(channel, source, out, err);
    }
    if (input->kind == WWS_INPUT_TIMED_OUT) {
        return fail(channel, WWS_E_OPERATION_TIMED_OUT, "the time was up while " WHAT, err);
    }
    if (wws_gss_context_blocks(channel->call.ticket)) {
        const wws_result code =
            fail(channel, WWS_E_SECURITY_SYSTEM_FAILURE, "the job that asks for a Kerberos ticket did not run", err);
        if (input->kind == WWS_INPUT_BROKEN) {
            wws_error_got(err, "%.*s", WWS_CUT(input->bytes, 120));
        }
        return code;
    }
    return WWS_OK;
}

static wws_result take(wws_request_channel *channel, wws_taken_ticket *out, wws_error *err)
{
    const wws_leg leg = channel->call.leg;
    const bool boot = leg == WWS_LEG_ISSUE || leg == WWS_LEG_RENEW;
    wws_gss_context *context = channel->call.ticket;
    WWS_TRY(wws_gss_context_step(context, (wws_span){NULL, 0}, &out->use.octets, err));
    if (!wws_gss_context_is_complete(context)) {
        return wws_fail(err, WWS_E_SECURITY_SYSTEM_FAILURE, "Kerberos waits for an answer that cannot come");
    }
    WWS_TRY(wws_gss_context_key(context, &out->key, err));
    out->use.key = wws_secret_peek(&out->key);
    return wws_windows_check_key(boot ? &channel->boot_plan.suite : &channel->plan.suite, out->use.key,
                                 WWS_E_SECURITY_SYSTEM_FAILURE, err);
}

wws_result wws_ticket_take(wws_request_channel *channel, wws_taken_ticket *out, wws_error *err)
{
    out->is_there = false;
    if (wws_ticket_source(channel, channel->call.leg) == NULL) {
        return WWS_OK;
    }
    const wws_result result = take(channel, out, err);
    out->is_there = result == WWS_OK;
    if (result != WWS_OK) {
        wws_error_about(err, wws_binding_name(WWS_BINDING_KERBEROS_APREQ), NULL);
        wws_ticket_drop(channel, out);
    }
    return result;
}

void wws_ticket_drop(wws_request_channel *channel, wws_taken_ticket *ticket)
{
    wws_secret_wipe(&ticket->key);
    wws_ticket_forget(channel);
}
