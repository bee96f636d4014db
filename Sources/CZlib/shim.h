// Why this file exists: zlib (compression and CRC-32) as a module.
#ifndef CAIRN_CZLIB_H
#define CAIRN_CZLIB_H
#include <zlib.h>
#endif
