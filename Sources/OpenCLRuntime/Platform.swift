import COpenCL

/// One installed OpenCL driver and its devices.
public struct Platform: Hashable, Sendable {
  /// The name that the driver gives itself, such as `NVIDIA CUDA`.
  public let name: String
  /// The vendor of the driver.
  public let vendor: String
  /// The OpenCL version and, behind it, the driver's own words.
  public let version: String
  /// Every device, in the driver's order; empty when the driver finds none.
  public let devices: [Device]
  /// Why the devices could not be listed, if so.
  public let problem: OpenCLError?

  /// Lists every platform with every device.
  ///
  /// - Parameter loader: the library to open; by default `libOpenCL.so.1`, then `libOpenCL.so`.
  /// - Returns: at least one platform.
  /// - Throws: `loaderMissing`, `noPlatform` or `callFailed`. A platform that fails is listed with
  ///   its `problem` and spoils no other.
  public static func all(loader: String? = nil) throws(OpenCLError) -> [Platform] {
    if let reason = copencl_load(loader) { throw .loaderMissing(String(cString: reason)) }
    var count: cl_uint = 0
    let status = clGetPlatformIDs(0, nil, &count)
    guard status != CL_PLATFORM_NOT_FOUND_KHR, count > 0 else { throw .noPlatform }
    try OpenCLStatus.check(status, "clGetPlatformIDs")
    var identifiers = [cl_platform_id?](repeating: nil, count: Int(count))
    try OpenCLStatus.check(
      clGetPlatformIDs(count, &identifiers, nil), "clGetPlatformIDs")
    var platforms: [Platform] = []
    for case let identifier? in identifiers { platforms.append(try Platform(identifier)) }
    return platforms
  }

  private init(_ identifier: cl_platform_id) throws(OpenCLError) {
    func text(_ name: cl_uint) throws(OpenCLError) -> String {
      try DriverText.read("clGetPlatformInfo") { clGetPlatformInfo(identifier, name, $0, $1, $2) }
    }
    name = try text(CL_PLATFORM_NAME)
    // Oclgrind 21.10 crashes when two threads are in it.
    if name == "Oclgrind" { copencl_take_turns() }
    vendor = try text(CL_PLATFORM_VENDOR)
    version = try text(CL_PLATFORM_VERSION)
    do throws(OpenCLError) {
      devices = try Self.devices(of: identifier, name: name, version: version)
      problem = nil
    } catch {
      devices = []
      problem = error
    }
  }

  private static func devices(
    of platform: cl_platform_id, name: String, version: String
  ) throws(OpenCLError) -> [Device] {
    var count: cl_uint = 0
    let status = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nil, &count)
    if status == CL_DEVICE_NOT_FOUND || count == 0 { return [] }
    try OpenCLStatus.check(status, "clGetDeviceIDs")
    var identifiers = [cl_device_id?](repeating: nil, count: Int(count))
    try OpenCLStatus.check(
      clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, &identifiers, nil), "clGetDeviceIDs")
    var devices: [Device] = []
    for case let identifier? in identifiers {
      devices.append(
        try Device(identifier, platformName: name, platformVersion: version))
    }
    return devices
  }
}
