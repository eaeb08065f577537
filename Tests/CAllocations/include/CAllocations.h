// Counts what the calling thread allocates: the test program's own malloc stands before the C library's.
#pragma once
#include <stdint.h>

/// Calls of malloc, calloc, realloc and the aligned ones by the calling thread since it began; 0 under a sanitizer.
uint64_t allocation_count(void);
