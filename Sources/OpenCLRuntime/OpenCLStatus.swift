/// The result code of an OpenCL call.
public struct OpenCLStatus: RawRepresentable, Hashable, Sendable {
  /// The number that the driver returned.
  public let rawValue: Int32

  /// Wraps a number, also one that the standard does not know.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// `CL_SUCCESS`: the call succeeded.
  public static let success = Self(rawValue: 0)
  /// `CL_DEVICE_NOT_FOUND`: the platform has no device of the kind asked for.
  public static let deviceNotFound = Self(rawValue: -1)
  /// `CL_DEVICE_NOT_AVAILABLE`: the device exists and cannot be used now.
  public static let deviceNotAvailable = Self(rawValue: -2)
  /// `CL_MEM_OBJECT_ALLOCATION_FAILURE`: there is no device memory for a buffer.
  public static let memObjectAllocationFailure = Self(rawValue: -4)
  /// `CL_OUT_OF_RESOURCES`: the device lacks memory or registers, or has faulted.
  public static let outOfResources = Self(rawValue: -5)
  /// `CL_OUT_OF_HOST_MEMORY`: the driver got no memory of the host.
  public static let outOfHostMemory = Self(rawValue: -6)
  /// `CL_BUILD_PROGRAM_FAILURE`: the source does not compile.
  public static let buildProgramFailure = Self(rawValue: -11)
  /// `CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST`: a command that was waited for has failed.
  public static let execStatusErrorForEventsInWaitList = Self(rawValue: -14)
  /// `CL_INVALID_COMMAND_QUEUE`: the queue is unusable; NVIDIA says so after a fault.
  public static let invalidCommandQueue = Self(rawValue: -36)
  /// `CL_INVALID_KERNEL_NAME`: the program has no kernel of that name.
  public static let invalidKernelName = Self(rawValue: -46)
  /// `CL_INVALID_BUFFER_SIZE`: the size is zero, or above the device's largest allocation.
  public static let invalidBufferSize = Self(rawValue: -61)
  /// `CL_PLATFORM_NOT_FOUND_KHR`: the loader knows no platform.
  public static let platformNotFound = Self(rawValue: -1001)
  /// NVIDIA's code for an illegal read or write on the device.
  public static let illegalAccess = Self(rawValue: -9999)

  /// The name of the code in the OpenCL headers, or `OpenCL status -123` for an unknown one.
  public var name: String { Self.names[rawValue] ?? "OpenCL status \(rawValue)" }
}

extension OpenCLStatus: CustomStringConvertible {
  /// The name of the code.
  public var description: String { name }
}

extension OpenCLStatus {
  private static let names: [Int32: String] = [
    0: "CL_SUCCESS",
    -1: "CL_DEVICE_NOT_FOUND",
    -2: "CL_DEVICE_NOT_AVAILABLE",
    -3: "CL_COMPILER_NOT_AVAILABLE",
    -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE",
    -5: "CL_OUT_OF_RESOURCES",
    -6: "CL_OUT_OF_HOST_MEMORY",
    -7: "CL_PROFILING_INFO_NOT_AVAILABLE",
    -8: "CL_MEM_COPY_OVERLAP",
    -9: "CL_IMAGE_FORMAT_MISMATCH",
    -10: "CL_IMAGE_FORMAT_NOT_SUPPORTED",
    -11: "CL_BUILD_PROGRAM_FAILURE",
    -12: "CL_MAP_FAILURE",
    -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET",
    -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
    -15: "CL_COMPILE_PROGRAM_FAILURE",
    -16: "CL_LINKER_NOT_AVAILABLE",
    -17: "CL_LINK_PROGRAM_FAILURE",
    -18: "CL_DEVICE_PARTITION_FAILED",
    -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
    -30: "CL_INVALID_VALUE",
    -31: "CL_INVALID_DEVICE_TYPE",
    -32: "CL_INVALID_PLATFORM",
    -33: "CL_INVALID_DEVICE",
    -34: "CL_INVALID_CONTEXT",
    -35: "CL_INVALID_QUEUE_PROPERTIES",
    -36: "CL_INVALID_COMMAND_QUEUE",
    -37: "CL_INVALID_HOST_PTR",
    -38: "CL_INVALID_MEM_OBJECT",
    -39: "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR",
    -40: "CL_INVALID_IMAGE_SIZE",
    -41: "CL_INVALID_SAMPLER",
    -42: "CL_INVALID_BINARY",
    -43: "CL_INVALID_BUILD_OPTIONS",
    -44: "CL_INVALID_PROGRAM",
    -45: "CL_INVALID_PROGRAM_EXECUTABLE",
    -46: "CL_INVALID_KERNEL_NAME",
    -47: "CL_INVALID_KERNEL_DEFINITION",
    -48: "CL_INVALID_KERNEL",
    -49: "CL_INVALID_ARG_INDEX",
    -50: "CL_INVALID_ARG_VALUE",
    -51: "CL_INVALID_ARG_SIZE",
    -52: "CL_INVALID_KERNEL_ARGS",
    -53: "CL_INVALID_WORK_DIMENSION",
    -54: "CL_INVALID_WORK_GROUP_SIZE",
    -55: "CL_INVALID_WORK_ITEM_SIZE",
    -56: "CL_INVALID_GLOBAL_OFFSET",
    -57: "CL_INVALID_EVENT_WAIT_LIST",
    -58: "CL_INVALID_EVENT",
    -59: "CL_INVALID_OPERATION",
    -60: "CL_INVALID_GL_OBJECT",
    -61: "CL_INVALID_BUFFER_SIZE",
    -62: "CL_INVALID_MIP_LEVEL",
    -63: "CL_INVALID_GLOBAL_WORK_SIZE",
    -64: "CL_INVALID_PROPERTY",
    -65: "CL_INVALID_IMAGE_DESCRIPTOR",
    -66: "CL_INVALID_COMPILER_OPTIONS",
    -67: "CL_INVALID_LINKER_OPTIONS",
    -68: "CL_INVALID_DEVICE_PARTITION_COUNT",
    -1001: "CL_PLATFORM_NOT_FOUND_KHR",
    -9999: "illegal memory access (NVIDIA)",
  ]
}
