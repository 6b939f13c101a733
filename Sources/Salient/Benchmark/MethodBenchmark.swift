import Execution
import Jobs
import OpenCLBackend
import OpenCLRuntime
import Saliency
import Tensors

/// How long a method takes to explain a batch of images of noise.
public struct MethodBenchmark: Sendable {
  /// The images of a run.
  public let batch: Int
  /// Milliseconds of each timed run: upload, explanation, and the maps back on the host.
  public let milliseconds: [Double]
  /// What one run took.
  public let statistics: SessionStatistics
  /// The most bytes of device memory at once, weights and plans included; nil where nobody counts.
  public let deviceByteCount: Int?
  /// Each kernel of the last run, the one that takes longest first; empty where the device was opened
  /// without profiling.
  public let kernels: [KernelShare]

  /// The launches of a kernel.
  public struct KernelShare: Sendable, Hashable {
    /// File and function, `ops/conv2d.cl:conv2d_direct`.
    public let kernel: String
    /// How many there were.
    public let launchCount: Int
    /// Milliseconds of all.
    public let milliseconds: Double
  }

  /// Milliseconds of the median run, for one image.
  public var medianPerImage: Double {
    milliseconds.sorted()[milliseconds.count / 2] / Double(batch)
  }

  /// Times a method: one run to warm up, then `runs`, each for the top class of every image.
  /// - Parameters:
  ///   - method: with settings, `group-cam:groups=32`.
  ///   - model: the network on its device.
  ///   - layer: a module path or tensor; by default the automatic choice.
  ///   - batch: the images of a run.
  ///   - runs: how many are timed.
  ///   - patience: where the first timed run takes longer than this, it is the only one.
  /// - Returns: the times.
  /// - Throws: `Failure` where the method does not fit the network or the device fails.
  public static func run(
    _ method: String, of model: Salient.Model, layer: String? = nil, batch: Int, runs: Int,
    patience: Duration? = nil
  ) async throws(Failure) -> MethodBenchmark {
    let images = try model.noise(batch: batch)
    var milliseconds: [Double] = []
    var before = SessionStatistics()
    var launches: [LaunchTime] = []
    var warmUp = WarmUp()
    while milliseconds.count < runs {
      before = await model.statistics
      let start = ContinuousClock.now
      _ = try await model.explain(
        images.elements, shape: images.shape.extents, method: method, layer: layer)
      let time = ContinuousClock.now - start
      launches = try await Self.launches(model.device)
      guard warmUp.counts(time) else { continue }
      milliseconds.append(time / .milliseconds(1))
      if let patience, time > patience { break }
    }
    var statistics = await model.statistics
    statistics.maskedRows -= before.maskedRows
    statistics.maskedRuns -= before.maskedRuns
    statistics.tailRows -= before.tailRows
    statistics.tailRuns -= before.tailRuns
    statistics.cleanForwards -= before.cleanForwards
    statistics.backwards -= before.backwards
    return MethodBenchmark(
      batch: batch, milliseconds: milliseconds, statistics: statistics,
      deviceByteCount: model.device.backend.peakByteCount,
      kernels: shares(of: launches))
  }

  private static func launches(_ device: DeviceInUse) async throws(Failure) -> [LaunchTime] {
    do throws(BackendError) {
      return try await (device.backend as? OpenCLBackend)?.takeTimes() ?? []
    } catch {
      throw Failure(error, device: device.name)
    }
  }

  private static func shares(of launches: [LaunchTime]) -> [KernelShare] {
    Dictionary(grouping: launches, by: \.kernel).map { kernel, own in
      let time = own.reduce(0) { $0 + Double($1.durationNanoseconds) } / 1e6
      return KernelShare(kernel: kernel, launchCount: own.count, milliseconds: time)
    }.sorted { ($1.milliseconds, $0.kernel) < ($0.milliseconds, $1.kernel) }
  }
}
