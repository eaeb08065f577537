// What Glibc's Swift module lacks: batched datagrams, core affinity, prefetch, CRC-32C.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to begin).
uint32_t cl_crc32c(uint32_t crc, const void *bytes, size_t count);
