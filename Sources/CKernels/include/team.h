#pragma once
#include <stddef.h>

/// Calls `body(context, chunk)` for every chunk from 0 on, on this thread and `helpers` others, and returns 1 when all are done; 0, and
/// nothing was called, where the team is at work for somebody else or there are 2^20 chunks or more.
///
/// A decoder runs some hundred loops a token of some ten microseconds each, which is as long as it takes to wake a thread: so helpers
/// wait about fifty microseconds for the next loop before they sleep. The first call decides how many there are.
int sextant_team_run(size_t helpers, size_t chunks, void (*body)(const void *context, size_t chunk),
                     const void *context);
