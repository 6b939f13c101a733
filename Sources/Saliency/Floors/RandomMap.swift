import Execution
import Graphs
import Operators
import Tensors

/// A random map: numbers that are even over [0, 1).
///
/// They follow from the seed and from the picture's own values, so a picture has the same map in
/// every batch, and another picture has another one: the same seen through a map too, so that what
/// is explained twice is no map that repeats itself. With `cells` the numbers stand on a coarse grid
/// and are enlarged bilinearly: a fairer floor for maps that are smooth.
public struct RandomMap: Explainer {
  /// The name on the command line.
  public static let name = "random"

  /// Petsiuk and others use one, among many.
  public static let citation = Citation(
    paper: "a floor that many evaluations have; no paper is followed",
    equations: ["S[i,j] = u, even over [0, 1);  cells=n: n x n numbers, enlarged bilinearly"],
    deviations: ["numbers are this program's own: Philox of the seed, one stream"])

  /// What can be set.
  public static let settings: [Setting] = [
    Setting(
      "cells", default: "0", .integer(0...256),
      "numbers along each side, enlarged to the image; 0: one for each pixel"),
    Setting("seed", default: "-1", .integer(-1...Int.max), "seed of the numbers; -1: the run's"),
  ]

  private let chosen: Settings

  /// The floor with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// Nothing is read.
  public var readsLayer: Bool { false }

  /// No pass is made.
  public var sharesPasses: Bool { true }

  /// Nothing.
  public func needs(_ network: Graph) -> Needs { Needs(passes: Passes()) }

  /// The same map for all targets of an image.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let (cells, own) = (chosen.integer("cells"), chosen.integer("seed"))
    let numbers = RandomNumbers(
      .uniform, seed: own < 0 ? probe.seed : UInt64(own), stream: .maps,
      block: cells > 0 ? [1, cells, cells] : [1, height, width])
    let images = try await probe.take(targets.map(\.image), of: probe.images)
    let results = try await probe.compute([images]) { (builder, inputs) throws(GraphError) in
      let sample = try Self.number(of: inputs[0], in: &builder)
      var maps = try builder.add(numbers, [sample])
      if cells > 0 {
        let resize = ResizeBilinear(height: height, width: width, alignsCorners: false)
        maps = try builder.add(resize, [maps])
      }
      return [maps, try builder.range(of: maps)]
    }
    let reason = "the random numbers are all equal; try another seed"
    return Explanation(
      maps: results[0], raw: results[0], ranges: results[1], extremes: results[1],
      emptyReasons: EmptyReasons(nowherePositive: reason, constant: reason),
      passes: targets.map { _ in Passes() })
  }

  /// A whole number below 2^24 that follows from which values of an image are above 0 and which are
  /// above their right neighbour, `[R, 1]`: a mask moves the second where it leaves all signs.
  ///
  /// Σ w[c]·w[y]·w[x] over those in the first 224 rows and columns of three colours, with weights up
  /// to 3, 5 and 7: every partial sum is exact, so all devices find the same number.
  private static func number(
    of image: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    var part = image
    for (axis, most) in [(1, 3), (2, 224), (3, 224)] {
      let extent = min(builder.shape(of: part)[axis], most)
      part = try builder.add(Slice(axis: axis, range: 0..<extent), [part])
    }
    let fall = try builder.add(Subtract(), [part, neighbours(of: part, in: &builder)])
    var sum = try builder.add(
      Add(), [builder.add(Step(), [part]), builder.add(Step(), [fall])])
    for (axis, largest) in [(3, 7), (2, 5), (1, 3)] {
      var shape = [1, 1, 1, 1]
      shape[axis] = builder.shape(of: sum)[axis]
      let weights = HostTensor<Float>(Shape(shape)) { Float(1 + $0 % largest) }
      sum = try builder.add(Multiply(), [sum, builder.constant(weights)])
      sum = try builder.add(ReduceSum(axes: [axis], keepsAxes: true), [sum])
    }
    return try builder.add(Reshape([1, 1]), [sum])
  }

  /// The value to the right of each; the first of a row follows the last.
  private static func neighbours(
    of image: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let width = builder.shape(of: image)[3]
    guard width > 1 else { return image }
    return try builder.add(
      Concat(axis: 3),
      [
        builder.add(Slice(axis: 3, range: 1..<width), [image]),
        builder.add(Slice(axis: 3, range: 0..<1), [image]),
      ])
  }
}
