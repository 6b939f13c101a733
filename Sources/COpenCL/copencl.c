#include "copencl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// Guards the table while it is filled, and the first calls into a driver.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

// Guards every call into a driver that must not be entered by two threads.
static pthread_mutex_t turns = PTHREAD_MUTEX_INITIALIZER;
static volatile int takes_turns;

void copencl_take_turns(void) { takes_turns = 1; }

static int enter(void) {
  if (!takes_turns) {
    return 0;
  }
  pthread_mutex_lock(&turns);
  return 1;
}

static void leave(int entered) {
  if (entered) {
    pthread_mutex_unlock(&turns);
  }
}

// One line per function: the driver's pointer, and the wrapper that calls it.
#define STATUS(name, parameters, arguments)                                                        \
  static cl_int(*driver_##name) parameters;                                                        \
  cl_int name parameters {                                                                         \
    if (driver_##name == NULL) {                                                                   \
      return CL_PLATFORM_NOT_FOUND_KHR;                                                            \
    }                                                                                              \
    int entered = enter();                                                                         \
    cl_int result = driver_##name arguments;                                                       \
    leave(entered);                                                                                \
    return result;                                                                                 \
  }

#define CREATE(type, name, parameters, arguments)                                                  \
  static type(*driver_##name) parameters;                                                          \
  type name parameters {                                                                           \
    if (driver_##name != NULL) {                                                                   \
      int entered = enter();                                                                       \
      type result = driver_##name arguments;                                                       \
      leave(entered);                                                                              \
      return result;                                                                               \
    }                                                                                              \
    if (status != NULL) {                                                                          \
      *status = CL_PLATFORM_NOT_FOUND_KHR;                                                         \
    }                                                                                              \
    return NULL;                                                                                   \
  }

// As STATUS, one thread at a time. PoCL 3.1 sets up its devices in the first clGetDeviceIDs, and
// tells other threads meanwhile that there are none.
#define STATUS_IN_TURN(name, parameters, arguments)                                                \
  static cl_int(*driver_##name) parameters;                                                        \
  cl_int name parameters {                                                                         \
    if (driver_##name == NULL) {                                                                   \
      return CL_PLATFORM_NOT_FOUND_KHR;                                                            \
    }                                                                                              \
    pthread_mutex_lock(&mutex);                                                                    \
    cl_int status = driver_##name arguments;                                                       \
    pthread_mutex_unlock(&mutex);                                                                  \
    return status;                                                                                 \
  }

STATUS_IN_TURN(clGetPlatformIDs, (cl_uint n, cl_platform_id *p, cl_uint *c), (n, p, c))
STATUS(clGetPlatformInfo, (cl_platform_id p, cl_uint i, size_t n, void *v, size_t *s),
       (p, i, n, v, s))
STATUS_IN_TURN(clGetDeviceIDs,
               (cl_platform_id p, cl_bitfield t, cl_uint n, cl_device_id *d, cl_uint *c),
               (p, t, n, d, c))
STATUS(clGetDeviceInfo, (cl_device_id d, cl_uint i, size_t n, void *v, size_t *s), (d, i, n, v, s))

CREATE(cl_context, clCreateContext,
       (const intptr_t *p, cl_uint n, const cl_device_id *d, const void *f, void *u,
        cl_int *status),
       (p, n, d, f, u, status))
STATUS(clReleaseContext, (cl_context c), (c))

CREATE(cl_command_queue, clCreateCommandQueue,
       (cl_context c, cl_device_id d, cl_bitfield p, cl_int *status), (c, d, p, status))
STATUS(clReleaseCommandQueue, (cl_command_queue q), (q))
STATUS(clFlush, (cl_command_queue q), (q))

CREATE(cl_mem, clCreateBuffer, (cl_context c, cl_bitfield f, size_t n, void *h, cl_int *status),
       (c, f, n, h, status))
CREATE(cl_mem, clCreateSubBuffer,
       (cl_mem b, cl_bitfield f, cl_uint t, const cl_buffer_region *r, cl_int *status),
       (b, f, t, r, status))
STATUS(clSetMemObjectDestructorCallback, (cl_mem m, void (*c)(cl_mem, void *), void *d), (m, c, d))
STATUS(clReleaseMemObject, (cl_mem m), (m))

CREATE(cl_program, clCreateProgramWithSource,
       (cl_context c, cl_uint n, const char **t, const size_t *l, cl_int *status),
       (c, n, t, l, status))
CREATE(cl_program, clCreateProgramWithBinary,
       (cl_context c, cl_uint n, const cl_device_id *d, const size_t *l, const unsigned char **b,
        cl_int *e, cl_int *status),
       (c, n, d, l, b, e, status))
STATUS(clGetProgramInfo, (cl_program p, cl_uint i, size_t n, void *v, size_t *s), (p, i, n, v, s))
STATUS(clBuildProgram,
       (cl_program p, cl_uint n, const cl_device_id *d, const char *o, const void *f, void *u),
       (p, n, d, o, f, u))
STATUS(clGetProgramBuildInfo,
       (cl_program p, cl_device_id d, cl_uint i, size_t n, void *v, size_t *s), (p, d, i, n, v, s))
STATUS(clReleaseProgram, (cl_program p), (p))

CREATE(cl_kernel, clCreateKernel, (cl_program p, const char *n, cl_int *status), (p, n, status))
STATUS(clSetKernelArg, (cl_kernel k, cl_uint i, size_t n, const void *v), (k, i, n, v))
STATUS(clGetKernelWorkGroupInfo,
       (cl_kernel k, cl_device_id d, cl_uint i, size_t n, void *v, size_t *s), (k, d, i, n, v, s))
STATUS(clReleaseKernel, (cl_kernel k), (k))

STATUS(clEnqueueNDRangeKernel,
       (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g,
        const size_t *l, cl_uint n, const cl_event *w, cl_event *e),
       (q, k, d, o, g, l, n, w, e))
STATUS(clEnqueueReadBuffer,
       (cl_command_queue q, cl_mem b, cl_bool k, size_t o, size_t s, void *h, cl_uint n,
        const cl_event *w, cl_event *e),
       (q, b, k, o, s, h, n, w, e))
STATUS(clEnqueueWriteBuffer,
       (cl_command_queue q, cl_mem b, cl_bool k, size_t o, size_t s, const void *h, cl_uint n,
        const cl_event *w, cl_event *e),
       (q, b, k, o, s, h, n, w, e))
STATUS(clEnqueueCopyBuffer,
       (cl_command_queue q, cl_mem a, cl_mem b, size_t i, size_t o, size_t s, cl_uint n,
        const cl_event *w, cl_event *e),
       (q, a, b, i, o, s, n, w, e))
STATUS(clEnqueueFillBuffer,
       (cl_command_queue q, cl_mem b, const void *p, size_t m, size_t o, size_t s, cl_uint n,
        const cl_event *w, cl_event *e),
       (q, b, p, m, o, s, n, w, e))
STATUS(clEnqueueMarkerWithWaitList,
       (cl_command_queue q, cl_uint n, const cl_event *w, cl_event *e), (q, n, w, e))

STATUS(clWaitForEvents, (cl_uint n, const cl_event *e), (n, e))
STATUS(clGetEventInfo, (cl_event e, cl_uint i, size_t n, void *v, size_t *s), (e, i, n, v, s))
STATUS(clGetEventProfilingInfo, (cl_event e, cl_uint i, size_t n, void *v, size_t *s),
       (e, i, n, v, s))
STATUS(clReleaseEvent, (cl_event e), (e))

// MARK: The table

struct entry {
  const char *name;
  void **slot;
};

#define ENTRY(name) {#name, (void **)&driver_##name}

static const struct entry entries[] = {
    ENTRY(clGetPlatformIDs),
    ENTRY(clGetPlatformInfo),
    ENTRY(clGetDeviceIDs),
    ENTRY(clGetDeviceInfo),
    ENTRY(clCreateContext),
    ENTRY(clReleaseContext),
    ENTRY(clCreateCommandQueue),
    ENTRY(clReleaseCommandQueue),
    ENTRY(clFlush),
    ENTRY(clCreateBuffer),
    ENTRY(clCreateSubBuffer),
    ENTRY(clSetMemObjectDestructorCallback),
    ENTRY(clReleaseMemObject),
    ENTRY(clCreateProgramWithSource),
    ENTRY(clCreateProgramWithBinary),
    ENTRY(clGetProgramInfo),
    ENTRY(clBuildProgram),
    ENTRY(clGetProgramBuildInfo),
    ENTRY(clReleaseProgram),
    ENTRY(clCreateKernel),
    ENTRY(clSetKernelArg),
    ENTRY(clGetKernelWorkGroupInfo),
    ENTRY(clReleaseKernel),
    ENTRY(clEnqueueNDRangeKernel),
    ENTRY(clEnqueueReadBuffer),
    ENTRY(clEnqueueWriteBuffer),
    ENTRY(clEnqueueCopyBuffer),
    ENTRY(clEnqueueFillBuffer),
    ENTRY(clEnqueueMarkerWithWaitList),
    ENTRY(clWaitForEvents),
    ENTRY(clGetEventInfo),
    ENTRY(clGetEventProfilingInfo),
    ENTRY(clReleaseEvent),
};

enum { entry_count = sizeof entries / sizeof entries[0] };

static int loaded;
static _Thread_local char problem[512];

static const char *explain(void) {
  const char *text = dlerror();
  snprintf(problem, sizeof problem, "%s", text == NULL ? "unknown loader error" : text);
  return problem;
}

// Looks up everything before it stores anything, so that a failure leaves the table as it was.
static const char *fill(void *library, const char *name) {
  void *found[entry_count];
  for (int i = 0; i < entry_count; i++) {
    found[i] = dlsym(library, entries[i].name);
    if (found[i] == NULL) {
      snprintf(problem, sizeof problem, "%s lacks the OpenCL 1.2 function %s", name,
               entries[i].name);
      return problem;
    }
  }
  for (int i = 0; i < entry_count; i++) {
    *entries[i].slot = found[i];
  }
  return NULL;
}

static const char *open_and_fill(const char *name) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    return explain();
  }
  const char *failure = loaded ? NULL : fill(library, name);
  if (failure == NULL) {
    loaded = 1;
  } else {
    dlclose(library);
  }
  return failure;
}

const char *copencl_load(const char *library) {
  const char *failure = NULL;
  pthread_mutex_lock(&mutex);
  if (library != NULL) {
    failure = open_and_fill(library);
  } else if (!loaded) {
    failure = open_and_fill("libOpenCL.so.1");
    if (failure != NULL) {
      char first[sizeof problem];
      snprintf(first, sizeof first, "%s", failure);
      if (open_and_fill("libOpenCL.so") == NULL) {
        failure = NULL;
      } else {
        snprintf(problem, sizeof problem, "%s", first);
        failure = problem;
      }
    }
  }
  pthread_mutex_unlock(&mutex);
  return failure;
}
