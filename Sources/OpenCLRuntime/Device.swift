import COpenCL

/// One OpenCL device and what it says about itself.
public struct Device: Sendable {
  /// What sort of processor a device is.
  public enum Kind: String, Hashable, Sendable {
    /// The host's own cores.
    case cpu
    /// A graphics processor.
    case gpu
    /// Anything else, such as an FPGA.
    case accelerator
  }

  /// The name of the device, such as `NVIDIA H100 80GB HBM3`.
  public let name: String
  /// The maker of the device.
  public let vendor: String
  /// What sort of processor it is.
  public let kind: Kind
  /// The version of the driver.
  public let driverVersion: String
  /// The OpenCL version of the device and, behind it, the driver's own words.
  public let version: String
  /// The name of the platform.
  public let platformName: String
  /// The version of the platform.
  public let platformVersion: String
  /// Cores of a CPU, multiprocessors of a GPU.
  public let computeUnits: Int
  /// The highest clock, in megahertz; 0 where the driver does not know.
  public let clockMegahertz: Int
  /// All memory of the device.
  public let globalMemoryBytes: Int
  /// The largest single buffer.
  public let maxAllocationBytes: Int
  /// Local memory of one work-group.
  public let localMemoryBytes: Int
  /// Floats in a hardware vector.
  public let nativeFloatWidth: Int
  /// Floats in the vector type that the driver recommends.
  public let preferredFloatWidth: Int
  /// What the offset of every region of a buffer must be a multiple of.
  public let baseAddressAlignmentBytes: Int
  /// Work-items in the largest work-group.
  public let maxWorkGroupSize: Int
  /// Whether the driver can compile kernels.
  public let hasCompiler: Bool
  /// The extensions of the device, sorted.
  public let extensions: [String]
  /// NVIDIA's compute capability, such as `9.0`; `nil` on other devices.
  public let computeCapability: String?

  // Reason: a root device is never released or changed while the process lives.
  nonisolated(unsafe) package let identifier: cl_device_id

  /// Whether this is PoCL, whose rules differ (see `DriverCache` and `MemoryBudget`).
  public var isPoCL: Bool { platformName == "Portable Computing Language" }

  /// Lists the devices of all platforms.
  ///
  /// - Parameter loader: as for `Platform.all`.
  /// - Returns: at least one device.
  /// - Throws: what `Platform.all` throws, and `noDevice` instead of an empty list.
  public static func all(loader: String? = nil) throws(OpenCLError) -> [Device] {
    let platforms = try Platform.all(loader: loader)
    let devices = platforms.flatMap(\.devices)
    guard !devices.isEmpty else { throw .noDevice(platforms: platforms.map(\.name)) }
    return devices
  }
}

extension Device: Hashable {
  /// Two values are equal if they stand for the same device of this process.
  public static func == (first: Self, second: Self) -> Bool {
    first.identifier == second.identifier
  }

  /// Hashes the identity of the device.
  public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}

extension Device {
  init(
    _ identifier: cl_device_id, platformName: String, platformVersion: String
  ) throws(OpenCLError) {
    func text(_ name: cl_uint) throws(OpenCLError) -> String {
      try DriverText.read("clGetDeviceInfo") { clGetDeviceInfo(identifier, name, $0, $1, $2) }
    }
    func number<Number: FixedWidthInteger>(
      _ name: cl_uint, as type: Number.Type
    ) throws(OpenCLError) -> Int {
      let number: Number = try DriverText.number("clGetDeviceInfo") {
        clGetDeviceInfo(identifier, name, $0, $1, $2)
      }
      return Int(clamping: number)
    }
    self.identifier = identifier
    self.platformName = platformName
    self.platformVersion = platformVersion
    name = try text(CL_DEVICE_NAME)
    vendor = try text(CL_DEVICE_VENDOR)
    driverVersion = try text(CL_DRIVER_VERSION)
    version = try text(CL_DEVICE_VERSION)
    let type = cl_bitfield(try number(CL_DEVICE_TYPE, as: cl_bitfield.self))
    kind =
      type & CL_DEVICE_TYPE_GPU != 0 ? .gpu : type & CL_DEVICE_TYPE_CPU != 0 ? .cpu : .accelerator
    computeUnits = try number(CL_DEVICE_MAX_COMPUTE_UNITS, as: cl_uint.self)
    clockMegahertz = try number(CL_DEVICE_MAX_CLOCK_FREQUENCY, as: cl_uint.self)
    globalMemoryBytes = try number(CL_DEVICE_GLOBAL_MEM_SIZE, as: cl_ulong.self)
    maxAllocationBytes = try number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, as: cl_ulong.self)
    localMemoryBytes = try number(CL_DEVICE_LOCAL_MEM_SIZE, as: cl_ulong.self)
    nativeFloatWidth = try number(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, as: cl_uint.self)
    preferredFloatWidth = try number(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, as: cl_uint.self)
    // The driver states bits.
    baseAddressAlignmentBytes = max(
      1, try number(CL_DEVICE_MEM_BASE_ADDR_ALIGN, as: cl_uint.self) / 8)
    maxWorkGroupSize = try number(CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
    hasCompiler = try number(CL_DEVICE_COMPILER_AVAILABLE, as: cl_bool.self) != 0
    extensions = try text(CL_DEVICE_EXTENSIONS).split(separator: " ").map(String.init).sorted()
    if extensions.contains("cl_nv_device_attribute_query") {
      let major = try number(CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV, as: cl_uint.self)
      let minor = try number(CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV, as: cl_uint.self)
      computeCapability = "\(major).\(minor)"
    } else {
      computeCapability = nil
    }
  }
}
