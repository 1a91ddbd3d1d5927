#ifndef P2PFWD_CYAML_SHIM_H
#define P2PFWD_CYAML_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

typedef enum {
    CYAML_FAILURE,
    CYAML_START,
    CYAML_END,
    CYAML_DOCUMENT,
    CYAML_DOCUMENT_END,
    CYAML_SCALAR,
    CYAML_SEQUENCE,
    CYAML_SEQUENCE_END,
    CYAML_MAPPING,
    CYAML_MAPPING_END,
    CYAML_ALIAS,
} cyaml_kind;

typedef struct {
    cyaml_kind kind;
    // From 0; columns count characters.
    size_t line;
    size_t column;
    // The bytes of a scalar.
    size_t length;
    // Whether a scalar stands without quotes.
    bool is_plain;
    bool has_anchor;
    bool has_tag;
    // Why there is nothing more, after CYAML_FAILURE. Lives as long as the reader.
    const char *problem;
} cyaml_event;

// libyaml's parser refers to itself, so it must not move.
typedef struct {
    yaml_parser_t parser;
    yaml_event_t event;
    unsigned char *input;
} cyaml_reader;

static inline void cyaml_close(cyaml_reader *reader) {
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
    free(reader->input);
    free(reader);
}

// Begins to read a copy of the UTF-8 text; a null pointer without memory.
static inline cyaml_reader *cyaml_open(const uint8_t *text, size_t length) {
    cyaml_reader *reader = (cyaml_reader *)calloc(1, sizeof(cyaml_reader));
    if (reader == NULL) return NULL;
    reader->input = (unsigned char *)malloc(length + 1);
    if (reader->input == NULL || !yaml_parser_initialize(&reader->parser)) {
        free(reader->input);
        free(reader);
        return NULL;
    }
    memcpy(reader->input, text, length);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, reader->input, length);
    return reader;
}

static inline cyaml_event cyaml_failure(cyaml_reader *reader) {
    cyaml_event result = {CYAML_FAILURE};
    result.line = reader->parser.problem_mark.line;
    result.column = reader->parser.problem_mark.column;
    result.problem = reader->parser.problem;
    return result;
}

// The next event; what the last one had is gone.
static inline cyaml_event cyaml_next(cyaml_reader *reader) {
    yaml_event_delete(&reader->event);
    if (!yaml_parser_parse(&reader->parser, &reader->event)) return cyaml_failure(reader);
    yaml_event_t *event = &reader->event;
    cyaml_event result = {CYAML_END};
    result.line = event->start_mark.line;
    result.column = event->start_mark.column;
    switch (event->type) {
    case YAML_STREAM_START_EVENT:
        result.kind = CYAML_START;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_END_EVENT:
        result.kind = CYAML_END;
        break;
    case YAML_DOCUMENT_START_EVENT:
        result.kind = CYAML_DOCUMENT;
        break;
    case YAML_DOCUMENT_END_EVENT:
        result.kind = CYAML_DOCUMENT_END;
        break;
    case YAML_ALIAS_EVENT:
        result.kind = CYAML_ALIAS;
        break;
    case YAML_SCALAR_EVENT:
        result.kind = CYAML_SCALAR;
        result.length = event->data.scalar.length;
        result.is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        result.has_anchor = event->data.scalar.anchor != NULL;
        result.has_tag = event->data.scalar.tag != NULL;
        break;
    case YAML_SEQUENCE_START_EVENT:
        result.kind = CYAML_SEQUENCE;
        result.has_anchor = event->data.sequence_start.anchor != NULL;
        result.has_tag = event->data.sequence_start.tag != NULL;
        break;
    case YAML_SEQUENCE_END_EVENT:
        result.kind = CYAML_SEQUENCE_END;
        break;
    case YAML_MAPPING_START_EVENT:
        result.kind = CYAML_MAPPING;
        result.has_anchor = event->data.mapping_start.anchor != NULL;
        result.has_tag = event->data.mapping_start.tag != NULL;
        break;
    case YAML_MAPPING_END_EVENT:
        result.kind = CYAML_MAPPING_END;
        break;
    }
    return result;
}

// Copies the bytes of the scalar that is the last event.
static inline void cyaml_copy(const cyaml_reader *reader, uint8_t *into) {
    if (reader->event.type != YAML_SCALAR_EVENT) return;
    memcpy(into, reader->event.data.scalar.value, reader->event.data.scalar.length);
}

#endif
