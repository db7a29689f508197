#pragma once

/// Keeps what is freed for what is asked for next, up to 256 MB, where the C library is glibc; allocations above 64 MB go back as ever.
void sextant_keep_freed_memory(void);
