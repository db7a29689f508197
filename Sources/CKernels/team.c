#include "team.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

// A loop as one number, so that a chunk is taken in one step and never of a loop that is over: which loop (24 bits), how many chunks
// it has and how many are taken (20 bits each).
#define CHUNKS(loop) ((size_t)((loop) >> 20 & 0xfffff))
#define TAKEN(loop) ((size_t)((loop)&0xfffff))
#define NEXT_LOOP(loop, chunks) (((((loop) >> 40) + 1) << 40) | (uint64_t)(chunks) << 20)

// Looks before a thread sleeps.
enum { PATIENCE = 2000 };

static struct {
  _Atomic uint64_t loop;
  atomic_size_t finished;
  atomic_int is_busy, sleepers, is_awaited;
  void (*body)(const void *, size_t);
  const void *context;
  size_t helpers;
  pthread_mutex_t mutex;
  pthread_cond_t work, done;
} team = {.mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Does one chunk; 0 where all are taken.
static int do_one(void) {
  uint64_t loop = atomic_load(&team.loop);
  do {
    if (TAKEN(loop) == CHUNKS(loop)) return 0;
  } while (!atomic_compare_exchange_weak(&team.loop, &loop, loop + 1));
  // Until this chunk is finished the loop is not over, so what was set with it stays.
  team.body(team.context, TAKEN(loop));
  if (atomic_fetch_add(&team.finished, 1) + 1 == CHUNKS(loop) && atomic_load(&team.is_awaited)) {
    pthread_mutex_lock(&team.mutex);
    pthread_cond_signal(&team.done);
    pthread_mutex_unlock(&team.mutex);
  }
  return 1;
}

static int has_work(void) {
  uint64_t loop = atomic_load(&team.loop);
  return TAKEN(loop) < CHUNKS(loop);
}

static void *help(void *unused) {
  (void)unused;
  for (;;) {
    for (int looks = 0; looks < PATIENCE; looks++) {
      if (do_one()) looks = 0;
      else pause_briefly();
    }
    pthread_mutex_lock(&team.mutex);
    atomic_fetch_add(&team.sleepers, 1);
    while (!has_work()) pthread_cond_wait(&team.work, &team.mutex);
    atomic_fetch_sub(&team.sleepers, 1);
    pthread_mutex_unlock(&team.mutex);
  }
  return NULL;
}

// Called while the team is busy, so by one thread at a time.
static void assemble(size_t helpers) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (size_t i = 0; i < helpers; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, help, NULL) == 0) team.helpers++;
  }
  pthread_attr_destroy(&attributes);
}

int sextant_team_run(size_t helpers, size_t chunks, void (*body)(const void *context, size_t chunk),
                     const void *context) {
  if (chunks > 0xfffff || atomic_exchange(&team.is_busy, 1)) return 0;
  if (team.helpers == 0) assemble(helpers);
  team.body = body;
  team.context = context;
  atomic_store(&team.finished, 0);
  uint64_t loop = atomic_load(&team.loop);
  atomic_store(&team.loop, NEXT_LOOP(loop, chunks));
  if (atomic_load(&team.sleepers)) {
    pthread_mutex_lock(&team.mutex);
    pthread_cond_broadcast(&team.work);
    pthread_mutex_unlock(&team.mutex);
  }
  while (do_one()) {}
  for (int looks = 0; looks < PATIENCE && atomic_load(&team.finished) < chunks; looks++) pause_briefly();
  if (atomic_load(&team.finished) < chunks) {
    pthread_mutex_lock(&team.mutex);
    atomic_store(&team.is_awaited, 1);
    while (atomic_load(&team.finished) < chunks) pthread_cond_wait(&team.done, &team.mutex);
    atomic_store(&team.is_awaited, 0);
    pthread_mutex_unlock(&team.mutex);
  }
  atomic_store(&team.is_busy, 0);
  return 1;
}
