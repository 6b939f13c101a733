// The part of OpenCL 1.2 that Salient uses, reached without linking to a loader.
//
// Every function here is a thin wrapper: it calls the driver's function of the same name through a
// table that `copencl_load` fills with dlopen and dlsym. Before that, and when no loader is
// installed, it returns CL_PLATFORM_NOT_FOUND_KHR. Its own symbol is prefixed, so that a driver
// that looks up "clFinish" never finds ours.
//
// Types and constants are declared here, so that building needs no OpenCL headers.
#ifndef COPENCL_H
#define COPENCL_H

#include <stddef.h>
#include <stdint.h>

/// Opens the OpenCL loader and looks up every function of this header, once for the process.
/// `library` names the file to open; NULL means libOpenCL.so.1, then libOpenCL.so.
/// Returns NULL on success, otherwise what went wrong, valid until the thread's next call.
/// A failure changes nothing and can be retried. Safe to call from several threads.
const char *copencl_load(const char *library);

/// From now on, threads take turns: for a driver that is no more than a simulator.
void copencl_take_turns(void);

// MARK: Types

typedef int32_t cl_int;
typedef uint32_t cl_uint;
typedef uint64_t cl_ulong;
typedef cl_uint cl_bool;
typedef cl_ulong cl_bitfield;

typedef struct _cl_platform_id *cl_platform_id;
typedef struct _cl_device_id *cl_device_id;
typedef struct _cl_context *cl_context;
typedef struct _cl_command_queue *cl_command_queue;
typedef struct _cl_mem *cl_mem;
typedef struct _cl_program *cl_program;
typedef struct _cl_kernel *cl_kernel;
typedef struct _cl_event *cl_event;

/// The region of a sub-buffer, in bytes.
typedef struct {
  size_t origin;
  size_t size;
} cl_buffer_region;

// MARK: Constants

enum : cl_int {
  CL_SUCCESS = 0,
  CL_DEVICE_NOT_FOUND = -1,
  CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST = -14,
  CL_PLATFORM_NOT_FOUND_KHR = -1001,
};

enum : cl_uint {
  CL_FALSE = 0,
  CL_TRUE = 1,

  CL_PLATFORM_VERSION = 0x0901,
  CL_PLATFORM_NAME = 0x0902,
  CL_PLATFORM_VENDOR = 0x0903,

  CL_DEVICE_TYPE = 0x1000,
  CL_DEVICE_MAX_COMPUTE_UNITS = 0x1002,
  CL_DEVICE_MAX_WORK_GROUP_SIZE = 0x1004,
  CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT = 0x100A,
  CL_DEVICE_MAX_CLOCK_FREQUENCY = 0x100C,
  CL_DEVICE_MAX_MEM_ALLOC_SIZE = 0x1010,
  CL_DEVICE_MEM_BASE_ADDR_ALIGN = 0x1019,
  CL_DEVICE_GLOBAL_MEM_SIZE = 0x101F,
  CL_DEVICE_LOCAL_MEM_SIZE = 0x1023,
  CL_DEVICE_COMPILER_AVAILABLE = 0x1028,
  CL_DEVICE_NAME = 0x102B,
  CL_DEVICE_VENDOR = 0x102C,
  CL_DRIVER_VERSION = 0x102D,
  CL_DEVICE_VERSION = 0x102F,
  CL_DEVICE_EXTENSIONS = 0x1030,
  CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT = 0x103A,
  CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV = 0x4000,
  CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV = 0x4001,

  CL_PROGRAM_BINARY_SIZES = 0x1165,
  CL_PROGRAM_BINARIES = 0x1166,
  CL_PROGRAM_BUILD_LOG = 0x1183,
  CL_KERNEL_WORK_GROUP_SIZE = 0x11B0,
  CL_EVENT_COMMAND_EXECUTION_STATUS = 0x11D3,
  CL_BUFFER_CREATE_TYPE_REGION = 0x1220,
  CL_PROFILING_COMMAND_QUEUED = 0x1280,
  CL_PROFILING_COMMAND_SUBMIT = 0x1281,
  CL_PROFILING_COMMAND_START = 0x1282,
  CL_PROFILING_COMMAND_END = 0x1283,
};

enum : cl_bitfield {
  CL_DEVICE_TYPE_CPU = 1 << 1,
  CL_DEVICE_TYPE_GPU = 1 << 2,
  CL_DEVICE_TYPE_ACCELERATOR = 1 << 3,
  CL_DEVICE_TYPE_ALL = 0xFFFFFFFF,

  CL_MEM_READ_WRITE = 1 << 0,
  CL_MEM_USE_HOST_PTR = 1 << 3,
  CL_QUEUE_PROFILING_ENABLE = 1 << 1,
};

// MARK: Functions

#define COPENCL(name) __asm__("copencl_" #name)

cl_int clGetPlatformIDs(cl_uint capacity, cl_platform_id *platforms, cl_uint *count)
    COPENCL(clGetPlatformIDs);
cl_int clGetPlatformInfo(cl_platform_id platform, cl_uint name, size_t capacity, void *value,
                         size_t *size) COPENCL(clGetPlatformInfo);
cl_int clGetDeviceIDs(cl_platform_id platform, cl_bitfield type, cl_uint capacity,
                      cl_device_id *devices, cl_uint *count) COPENCL(clGetDeviceIDs);
cl_int clGetDeviceInfo(cl_device_id device, cl_uint name, size_t capacity, void *value,
                       size_t *size) COPENCL(clGetDeviceInfo);

/// `properties` is zero-terminated or NULL; `notify` is always NULL here.
cl_context clCreateContext(const intptr_t *properties, cl_uint count, const cl_device_id *devices,
                           const void *notify, void *user, cl_int *status)
    COPENCL(clCreateContext);
cl_int clReleaseContext(cl_context context) COPENCL(clReleaseContext);

cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device,
                                      cl_bitfield properties, cl_int *status)
    COPENCL(clCreateCommandQueue);
cl_int clReleaseCommandQueue(cl_command_queue queue) COPENCL(clReleaseCommandQueue);
cl_int clFlush(cl_command_queue queue) COPENCL(clFlush);

cl_mem clCreateBuffer(cl_context context, cl_bitfield flags, size_t size, void *host,
                      cl_int *status) COPENCL(clCreateBuffer);
cl_mem clCreateSubBuffer(cl_mem buffer, cl_bitfield flags, cl_uint type,
                         const cl_buffer_region *region, cl_int *status)
    COPENCL(clCreateSubBuffer);
cl_int clSetMemObjectDestructorCallback(cl_mem object, void (*callback)(cl_mem, void *), void *data)
    COPENCL(clSetMemObjectDestructorCallback);
cl_int clReleaseMemObject(cl_mem object) COPENCL(clReleaseMemObject);

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                     const size_t *lengths, cl_int *status)
    COPENCL(clCreateProgramWithSource);
cl_program clCreateProgramWithBinary(cl_context context, cl_uint count,
                                     const cl_device_id *devices, const size_t *lengths,
                                     const unsigned char **binaries, cl_int *binaryStatus,
                                     cl_int *status) COPENCL(clCreateProgramWithBinary);
cl_int clGetProgramInfo(cl_program program, cl_uint name, size_t capacity, void *value,
                        size_t *size) COPENCL(clGetProgramInfo);
/// `notify` is always NULL here, so the call returns when the build has ended.
cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                      const char *options, const void *notify, void *user)
    COPENCL(clBuildProgram);
cl_int clGetProgramBuildInfo(cl_program program, cl_device_id device, cl_uint name,
                             size_t capacity, void *value, size_t *size)
    COPENCL(clGetProgramBuildInfo);
cl_int clReleaseProgram(cl_program program) COPENCL(clReleaseProgram);

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *status)
    COPENCL(clCreateKernel);
cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
    COPENCL(clSetKernelArg);
cl_int clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device, cl_uint name,
                                size_t capacity, void *value, size_t *size)
    COPENCL(clGetKernelWorkGroupInfo);
cl_int clReleaseKernel(cl_kernel kernel) COPENCL(clReleaseKernel);

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                              const size_t *offset, const size_t *global, const size_t *local,
                              cl_uint waits, const cl_event *waitList, cl_event *event)
    COPENCL(clEnqueueNDRangeKernel);
cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                           size_t size, void *host, cl_uint waits, const cl_event *waitList,
                           cl_event *event) COPENCL(clEnqueueReadBuffer);
cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                            size_t size, const void *host, cl_uint waits, const cl_event *waitList,
                            cl_event *event) COPENCL(clEnqueueWriteBuffer);
cl_int clEnqueueCopyBuffer(cl_command_queue queue, cl_mem source, cl_mem target,
                           size_t sourceOffset, size_t targetOffset, size_t size, cl_uint waits,
                           const cl_event *waitList, cl_event *event) COPENCL(clEnqueueCopyBuffer);
cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void *pattern,
                           size_t patternSize, size_t offset, size_t size, cl_uint waits,
                           const cl_event *waitList, cl_event *event) COPENCL(clEnqueueFillBuffer);
cl_int clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint waits, const cl_event *waitList,
                                   cl_event *event) COPENCL(clEnqueueMarkerWithWaitList);

cl_int clWaitForEvents(cl_uint count, const cl_event *events) COPENCL(clWaitForEvents);
cl_int clGetEventInfo(cl_event event, cl_uint name, size_t capacity, void *value, size_t *size)
    COPENCL(clGetEventInfo);
cl_int clGetEventProfilingInfo(cl_event event, cl_uint name, size_t capacity, void *value,
                               size_t *size) COPENCL(clGetEventProfilingInfo);
cl_int clReleaseEvent(cl_event event) COPENCL(clReleaseEvent);

#endif
