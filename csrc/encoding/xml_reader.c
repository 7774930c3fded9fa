#include "encoding/xml_reader.h"

#include "encoding/xml_prologue.h"
#include "encoding/xml_sax.h"
#include "encoding/xml_scan.h"

static wws_result read(wws_span document, size_t skipped, bool is_content, const wws_xml_limits *limits,
                       const wws_xml_events *events, void *state, wws_error *err)
{
    WWS_TRY(wws_xml_scan_check(document, skipped, limits, err));
    wws_xml_sax self; /* its scratch memory is large: not zeroed as a whole */
    self.window = (wws_span){document.at + skipped, document.len - skipped};
    self.window_at = 0;
    self.skipped = skipped;
    self.is_content = is_content;
    self.is_flow = false;
    wws_result result = wws_xml_sax_open(&self, limits, events, state, err);
    if (result == WWS_OK) {
        wws_xml_sax_feed(&self, self.window, true);
        result = self.result;
    }
    wws_xml_sax_close(&self);
    return result;
}

wws_result wws_xml_read(wws_span document, const wws_xml_limits *limits, const wws_xml_events *events, void *state,
                        wws_error *err)
{
    size_t skipped;
    WWS_TRY(wws_xml_prologue(document, &skipped, err));
    return read(document, skipped, false, limits, events, state, err);
}

wws_result wws_xml_read_content(wws_span content, const wws_xml_limits *limits, const wws_xml_events *events,
                                void *state, wws_error *err)
{
    size_t skipped = 0;
    if (wws_span_starts(content, WWS_SPAN("\xef\xbb\xbf")) || wws_span_starts(content, WWS_SPAN("<?xml"))) {
        WWS_TRY(wws_xml_prologue(content, &skipped, err));
    }
    return read(content, skipped, true, limits, events, state, err);
}
