// The files of the web pages, as the compiler puts them into the program.
//
// They are data of C because that costs nothing: `#embed` takes a file as it is, where a literal of
// Swift would have to be written, read and checked byte by byte.
#ifndef P2PFWD_CWEBPAGES_H
#define P2PFWD_CWEBPAGES_H

#include <stddef.h>

struct cwebpages_file {
    // Where it answers, such as `/style.css`.
    const char *path;
    const char *content_type;
    const unsigned char *bytes;
    size_t count;
};

// NULL behind the last.
const struct cwebpages_file *cwebpages_file_at(size_t index);

#endif
