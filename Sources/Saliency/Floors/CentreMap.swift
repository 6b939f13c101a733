import Execution
import Graphs
import Operators
import Tensors

/// The centre: how near a pixel is to the middle of the image.
///
/// S = 1 − d / max d, d the distance to the middle, each axis in halves of its side. What a
/// photographer's habit alone is worth: TorchRay's floor for the pointing game.
public struct CentreMap: Explainer {
  /// The name on the command line.
  public static let name = "centre"

  /// TorchRay.
  public static let citation = Citation(
    paper: "R. Fong, A. Vedaldi and others, TorchRay, 2019: the baseline `center` of its benchmark",
    equations: ["S = 1 - d / max d,  d = |(y, x) - middle|, each axis in halves of its side"],
    deviations: ["there the map is one pixel; here it falls to all sides, so that it has an order"])

  /// There is nothing to set.
  public static let settings: [Setting] = []

  /// The floor.
  /// - Throws: `SettingError` where a setting is given.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    _ = try Settings(settings, of: Self.settings, method: Self.name)
  }

  /// There are none.
  public var resolvedSettings: [(name: String, value: String)] { [] }

  /// Nothing is read.
  public var readsLayer: Bool { false }

  /// No pass is made.
  public var sharesPasses: Bool { true }

  /// Nothing.
  public func needs(_ network: Graph) -> Needs { Needs(passes: Passes()) }

  /// The same map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let map = HostTensor<Float>([1, 1, height, width]) { place in
      Float(Self.value(place / width, of: height, place % width, of: width))
    }
    let images = try await probe.take(targets.map(\.image), of: probe.images)
    let results = try await probe.compute([images]) { (builder, inputs) throws(GraphError) in
      let like = try builder.add(Slice(axis: 1, range: 0..<1), inputs)
      let maps = try builder.add(Broadcast(), [builder.constant(map), like])
      return [maps, try builder.range(of: maps)]
    }
    return Explanation(
      maps: results[0], raw: results[0], ranges: results[1], extremes: results[1],
      emptyReasons: EmptyReasons(
        nowherePositive: "the image has one pixel", constant: "the image has one pixel"),
      passes: targets.map { _ in Passes() })
  }

  private static func value(_ y: Int, of height: Int, _ x: Int, of width: Int) -> Double {
    func offset(_ place: Int, _ extent: Int) -> Double {
      (2 * Double(place) - Double(extent - 1)) / Double(max(extent - 1, 1))
    }
    let (down, across) = (offset(y, height), offset(x, width))
    let farthest = (height > 1 ? 1.0 : 0) + (width > 1 ? 1.0 : 0)
    guard farthest > 0 else { return 0 }
    return max(0, 1 - ((down * down + across * across) / farthest).squareRoot())
  }
}
