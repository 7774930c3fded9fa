/** @file nbf_record.h  The record types of binary XML (MC-NBFX 2.2), by their spelling there. */
#ifndef WWS_ENCODING_NBF_RECORD_H
#define WWS_ENCODING_NBF_RECORD_H

enum {
    WWS_NBF_END_ELEMENT = 0x01,
    WWS_NBF_COMMENT = 0x02,
    WWS_NBF_ARRAY = 0x03,
    WWS_NBF_SHORT_ATTRIBUTE =
        0x04,                   /**< the first of four forms: short, prefixed, short dictionary, prefixed dictionary */
    WWS_NBF_SHORT_XMLNS = 0x08, /**< the same four forms */
    WWS_NBF_PREFIX_DICTIONARY_ATTRIBUTE_A = 0x0C, /**< to z */
    WWS_NBF_PREFIX_ATTRIBUTE_A = 0x26,            /**< to z */
    WWS_NBF_SHORT_ELEMENT = 0x40,                 /**< the first of four forms */
    WWS_NBF_PREFIX_DICTIONARY_ELEMENT_A = 0x44,   /**< to z */
    WWS_NBF_PREFIX_ELEMENT_A = 0x5E,              /**< to z */
    WWS_NBF_ELEMENTS_END = 0x78,
    WWS_NBF_FORM_PREFIXED = 0x01,   /**< added to the first of four forms */
    WWS_NBF_FORM_DICTIONARY = 0x02, /**< added to the first of four forms */

    /* Text: each has a twin, one higher, that ends the element too (MC-NBFX: …TextWithEndElement). */
    WWS_NBF_WITH_END = 0x01,
    WWS_NBF_ZERO = 0x80,
    WWS_NBF_ONE = 0x82,
    WWS_NBF_FALSE = 0x84,
    WWS_NBF_TRUE = 0x86,
    WWS_NBF_INT8 = 0x88,
    WWS_NBF_INT16 = 0x8A,
    WWS_NBF_INT32 = 0x8C,
    WWS_NBF_INT64 = 0x8E,
    WWS_NBF_FLOAT = 0x90,
    WWS_NBF_DOUBLE = 0x92,
    WWS_NBF_DECIMAL = 0x94,
    WWS_NBF_DATETIME = 0x96,
    WWS_NBF_CHARS8 = 0x98,
    WWS_NBF_CHARS16 = 0x9A,
    WWS_NBF_CHARS32 = 0x9C,
    WWS_NBF_BYTES8 = 0x9E,
    WWS_NBF_BYTES16 = 0xA0,
    WWS_NBF_BYTES32 = 0xA2,
    WWS_NBF_START_LIST = 0xA4, /**< no twin */
    WWS_NBF_END_LIST = 0xA6,   /**< no twin */
    WWS_NBF_EMPTY = 0xA8,
    WWS_NBF_DICTIONARY = 0xAA,
    WWS_NBF_UNIQUE_ID = 0xAC,
    WWS_NBF_TIMESPAN = 0xAE,
    WWS_NBF_GUID = 0xB0,
    WWS_NBF_UINT64 = 0xB2,
    WWS_NBF_BOOL = 0xB4,
    WWS_NBF_UNICODE_CHARS8 = 0xB6,
    WWS_NBF_UNICODE_CHARS16 = 0xB8,
    WWS_NBF_UNICODE_CHARS32 = 0xBA,
    WWS_NBF_QNAME = 0xBC,
    WWS_NBF_TEXTS_END = 0xBE
};

#endif
