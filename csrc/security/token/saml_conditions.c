/* What an assertion, once verified, is good for: whose message, when, and at which service. */
#include "base/time.h"
#include "security/token/saml.h"
#include "soap/version.h"

static const wws_result REFUSED = WWS_E_SECURITY_VERIFICATION_FAILURE;

static wws_result wrong(wws_error *err, const char *property, const char *text)
{
    (void)wws_fail(err, REFUSED, "%s", text);
    wws_error_about(err, "saml", property);
    return REFUSED;
}

static wws_result check_kind(const wws_saml *saml, const wws_saml_terms *terms, wws_error *err)
{
    if (((unsigned)saml->version & terms->versions) == 0) {
        (void)wrong(err, "authenticator.versions", "the assertion is of a SAML version that is not accepted");
        wws_error_got(err, "%s", saml->version == WWS_SAML_1_1 ? "1.1" : "2.0");
        return REFUSED;
    }
    if (((unsigned)saml->confirmation & terms->confirmations) == 0) {
        (void)wrong(err, "authenticator.confirmations", "the assertion is confirmed in a way that is not accepted");
        wws_error_got(err, "%s", saml->confirmation == WWS_SAML_BEARER ? "bearer" : "holder_of_key");
        return REFUSED;
    }
    return WWS_OK;
}

static wws_result outside(const wws_saml *saml, wws_time now, bool is_late, wws_error *err)
{
    char bound[WWS_TIME_TEXT];
    char today[WWS_TIME_TEXT];
    wws_time_write(is_late ? saml->not_on_or_after : saml->not_before, bound);
    wws_time_write(now, today);
    (void)wrong(err, "max_allowed_clock_skew",
                is_late ? "the assertion is no longer valid" : "the assertion is not valid yet");
    wws_error_expected(err, "a moment %s %s", is_late ? "before" : "from", bound);
    wws_error_got(err, "%s", today);
    return REFUSED;
}

/* NotBefore is the first moment, NotOnOrAfter the first one too late; both with the skew that clocks are allowed. */
static wws_result check_times(const wws_saml *saml, wws_time now, int64_t skew, wws_error *err)
{
    if (saml->confirmation == WWS_SAML_BEARER && saml->not_on_or_after == WWS_TIME_NEVER) {
        return wrong(err, NULL, "a bearer assertion without an end is good for whoever finds it");
    }
    if (saml->not_before > saml->not_on_or_after) {
        return wrong(err, NULL, "the assertion ends before it begins");
    }
    if (saml->not_on_or_after != WWS_TIME_NEVER && now - skew >= saml->not_on_or_after) {
        return outside(saml, now, true, err);
    }
    return now + skew < saml->not_before ? outside(saml, now, false, err) : WWS_OK;
}

/** Who says which audience is ours. */
typedef struct audiences {
    wws_saml_audience is_audience;
    const void *state;
    wws_arena *arena;
    size_t met;
} audiences;

/* Inside one restriction any audience will do. */
static wws_result check_restriction(const wws_xml_node *restriction, audiences *of, wws_error *err)
{
    wws_span uri = {NULL, 0};
    for (const wws_xml_node *child = wws_xml_first_element(restriction); child != NULL;
         child = wws_xml_next_element(child)) {
        if (!wws_xml_is(child, restriction->ns, "Audience")) {
            return wrong(err, NULL, "an audience restriction holds something else than audiences");
        }
        WWS_TRY(wws_xml_text(child, of->arena, &uri, err));
        uri = wws_span_trim(uri);
        if (of->is_audience(of->state, uri)) {
            of->met++;
            return WWS_OK;
        }
    }
    (void)wrong(err, "authenticator.audiences", "the assertion is for another audience");
    wws_error_got(err, "%.*s", WWS_CUT(uri, 140));
    return REFUSED;
}

/* A condition that is not understood cannot be met. */
static wws_result check_condition(const wws_saml *saml, const wws_xml_node *condition, audiences *of, wws_error *err)
{
    const bool is_1 = saml->version == WWS_SAML_1_1;
    if (wws_xml_is(condition, saml->node->ns, is_1 ? "AudienceRestrictionCondition" : "AudienceRestriction")) {
        return check_restriction(condition, of, err);
    }
    if (wws_xml_is(condition, saml->node->ns, is_1 ? "DoNotCacheCondition" : "OneTimeUse") ||
        (!is_1 && wws_xml_is(condition, saml->node->ns, "ProxyRestriction"))) {
        return WWS_OK;
    }
    (void)wrong(err, NULL, "the assertion has a condition that is not understood");
    wws_error_got(err, "%.*s", WWS_CUT(condition->local, 60));
    return REFUSED;
}

static wws_result check_recipient(const wws_saml *saml, const audiences *of, wws_error *err)
{
    const wws_xml_attr *recipient =
        saml->confirmed == NULL ? NULL : wws_xml_attribute(saml->confirmed, (wws_span){NULL, 0}, "Recipient");
    if (recipient == NULL || of->is_audience(of->state, recipient->value)) {
        return WWS_OK;
    }
    (void)wrong(err, "authenticator.audiences", "the assertion is for another recipient");
    wws_error_got(err, "%.*s", WWS_CUT(recipient->value, 140));
    return REFUSED;
}

static wws_result check_all(const wws_saml *saml, const wws_saml_terms *terms, audiences *of, wws_error *err)
{
    const wws_xml_node *condition = saml->conditions == NULL ? NULL : wws_xml_first_element(saml->conditions);
    for (; condition != NULL; condition = wws_xml_next_element(condition)) {
        WWS_TRY(check_condition(saml, condition, of, err));
    }
    if (terms->require_audience && of->met == 0) {
        return wrong(err, "authenticator.require_audience", "the assertion does not say for which audience it is");
    }
    return check_recipient(saml, of, err);
}

wws_result wws_saml_check(const wws_saml *saml, const wws_saml_terms *terms, wws_time now, int64_t skew,
                          wws_saml_audience is_audience, const void *state, wws_arena *arena, wws_error *err)
{
    audiences of = {is_audience, state, arena, 0};
    wws_result code = check_kind(saml, terms, err);
    if (code == WWS_OK) {
        code = check_times(saml, now, skew, err);
    }
    if (code == WWS_OK) {
        code = check_all(saml, terms, &of, err);
    }
    wws_error_at(code == WWS_OK ? NULL : err, "check the assertion's conditions");
    return code == WWS_E_INVALID_FORMAT ? REFUSED : code;
}
