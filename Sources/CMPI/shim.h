#pragma once

#include <mpi.h>
#include <unistd.h>

// Macros that Swift cannot see, and waits that leave the processor to the ranks that still compute.

static inline int sextant_mpi_start(int *rank, int *size) {
  int provided = 0;
  int status = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (status != MPI_SUCCESS) return status;
  status = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (status != MPI_SUCCESS) return status;
  status = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  if (status != MPI_SUCCESS) return status;
  return MPI_Comm_size(MPI_COMM_WORLD, size);
}

static inline int sextant_mpi_success(void) { return MPI_SUCCESS; }
static inline int sextant_mpi_message_length(void) { return MPI_MAX_ERROR_STRING; }

static inline int sextant_mpi_explain(int status, char *text) {
  int length = 0;
  MPI_Error_string(status, text, &length);
  return length;
}

static inline void sextant_mpi_stop(void) { MPI_Finalize(); }
static inline void sextant_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

// Waits for a request, asleep between looks.
static inline int sextant_mpi_wait(MPI_Request *request) {
  int done = 0;
  for (unsigned pause = 20;; pause = pause < 2000 ? pause * 2 : 2000) {
    int status = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    if (status != MPI_SUCCESS || done) return status;
    usleep(pause);
  }
}

// Root's bytes to all ranks.
static inline int sextant_mpi_broadcast(void *bytes, int count) {
  MPI_Request request;
  int status = MPI_Ibcast(bytes, count, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
  return status == MPI_SUCCESS ? sextant_mpi_wait(&request) : status;
}

// A block to root; returns when the bytes may be reused.
static inline int sextant_mpi_send(const void *bytes, int count, int block) {
  MPI_Request request;
  int status = MPI_Isend(bytes, count, MPI_BYTE, 0, block, MPI_COMM_WORLD, &request);
  return status == MPI_SUCCESS ? sextant_mpi_wait(&request) : status;
}

// Whether a block has come: who sent it, which, and how long it is.
static inline int sextant_mpi_probe(int *arrived, int *rank, int *block, int *count) {
  MPI_Status message;
  int status = MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, arrived, &message);
  if (status != MPI_SUCCESS || !*arrived) return status;
  *rank = message.MPI_SOURCE;
  *block = message.MPI_TAG;
  return MPI_Get_count(&message, MPI_BYTE, count);
}

static inline int sextant_mpi_receive(void *bytes, int count, int rank, int block) {
  return MPI_Recv(bytes, count, MPI_BYTE, rank, block, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
