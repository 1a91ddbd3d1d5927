#ifndef P2PFWD_CZLIB_SHIM_H
#define P2PFWD_CZLIB_SHIM_H

// Input is only read, and the types shall say so.
#define ZLIB_CONST
#include <zlib.h>

#endif
