// What salient asks of MPI: who is here, and an exchange of bytes between all of them.
//
// Open MPI and MPICH differ in their binary interface, so this file is compiled on site, by Tools/mpi/build, and
// opened by salient at run time. Every function returns 0, or what went wrong; an error inside of MPI ends the job.

#include <limits.h>
#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>

enum { INTERFACE_VERSION = 1, THREADS_MISSING = -1, TOO_LONG = -2, NO_MEMORY = -3 };

static int count;

// The version of this interface: salient opens no other.
int salient_mpi_version(void) { return INTERFACE_VERSION; }

// Joins the job. rank: this process, from 0. size: the number of processes.
int salient_mpi_open(int32_t *rank, int32_t *size) {
  int provided = 0;
  int status = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (status != MPI_SUCCESS) {
    return status;
  }
  if (provided < MPI_THREAD_SERIALIZED) {
    return THREADS_MISSING;
  }
  int own = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &own);
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  *rank = own;
  *size = count;
  return 0;
}

// Gives rank i given[i] and stores in taken[i] what rank i gave this one.
int salient_mpi_exchange_numbers(const int64_t *given, int64_t *taken) {
  return MPI_Alltoall(given, 1, MPI_INT64_T, taken, 1, MPI_INT64_T, MPI_COMM_WORLD);
}

// Gives rank i the lengths[i] bytes of given from places[i] on, and stores what each rank gave this one behind each
// other in taken, taken_lengths[i] bytes of rank i.
int salient_mpi_exchange_bytes(const void *given, const int64_t *places, const int64_t *lengths, void *taken,
                               const int64_t *taken_lengths) {
  int *numbers = malloc(4 * (size_t)count * sizeof *numbers);
  if (numbers == NULL) {
    return NO_MEMORY;
  }
  int64_t end = 0;
  int status = 0;
  for (int i = 0; i < count; i++) {
    if (places[i] > INT_MAX || lengths[i] > INT_MAX || end > INT_MAX - taken_lengths[i]) {
      status = TOO_LONG;
    }
    numbers[i] = (int)lengths[i];
    numbers[count + i] = (int)places[i];
    numbers[2 * count + i] = (int)taken_lengths[i];
    numbers[3 * count + i] = (int)end;
    end += taken_lengths[i];
  }
  if (status == 0) {
    status = MPI_Alltoallv(given, numbers, numbers + count, MPI_BYTE, taken, numbers + 2 * count, numbers + 3 * count,
                           MPI_BYTE, MPI_COMM_WORLD);
  }
  free(numbers);
  return status;
}

// Leaves the job when all others do.
int salient_mpi_close(void) { return MPI_Finalize(); }
