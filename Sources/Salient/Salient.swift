import Jobs
import OpenCLRuntime

/// Shows what a convolutional network looks at.
///
/// ```swift
/// try Salient.start(cacheFolder: "/var/cache/mytool/pocl")
/// let model = try await Salient.Model.open("resnet50.onnx", device: .automatic)
/// let maps = try await model.explain(pixels, shape: [3, 224, 224], target: "top1")
/// print(maps[0].values.count, maps[0].shape)
/// ```
public enum Salient {
  /// The version of the program and the library.
  public static let version = "0.1.0"

  /// Sets up the cache of the OpenCL driver; call it once, before anything else and before other
  /// threads run.
  ///
  /// - Parameter cacheFolder: an absolute path that belongs to this program and version alone.
  /// - Returns: damaged files that were removed from it.
  /// - Throws: `Failure` naming the folder and the mend.
  @discardableResult
  public static func start(cacheFolder: String) throws(Failure) -> [String] {
    do throws(OpenCLError) {
      return try DriverCache(folder: cacheFolder).activate()
    } catch {
      throw Failure(error)
    }
  }

  /// Empties the cache of the OpenCL driver; no process may be using it.
  /// - Throws: `Failure` naming the folder and the mend.
  public static func clearCache(folder: String) throws(Failure) {
    do throws(OpenCLError) {
      try DriverCache(folder: folder).clear()
    } catch {
      throw Failure(error)
    }
  }
}

extension Failure {
  /// The failure behind an error of a device.
  init(_ error: OpenCLError) {
    switch error {
    case .loaderMissing, .noPlatform, .noDevice: self = .noDevice
    case .cacheUnusable(let folder, let problem, let remedy):
      self.init(.device, folder, "the driver's cache folder \(problem)", try: remedy)
    case .outOfMemory:
      self.init(.temporary, "", error.description, try: "raise --memory, or free some")
    case .deviceLost, .callFailed:
      self.init(.temporary, "", error.description, try: "see salient devices")
    case .source(let error): self.init(.missing, "--kernels", error.description)
    default: self.init(.ours, "", error.description)
    }
  }

  /// There is nothing to compute on.
  static let noDevice = Failure(
    .device, "", "no OpenCL device",
    try: "apt-get install pocl-opencl-icd for the CPU, or see salient devices; "
      + "--device reference needs none")
}
