import Execution
import Graphs
import Operators

/// How the maps of several layers become one.
///
/// Each layer's map is finished at the size of the image first, so layers of any sizes fit.
public enum Fusion: String, Sendable, Hashable, CaseIterable {
  /// The mean of the maps, as in pytorch-grad-cam.
  case mean
  /// The largest of the maps at each position, as in torch-cam and the paper of Layer-CAM.
  case max

  /// The setting of a method that can fuse; `none` leaves each layer its own map.
  static let setting = Setting(
    "fuse", default: "none", .choice(["none"] + allCases.map(\.rawValue)),
    "one map of several layers: the mean or the maximum of theirs; none: a map each")

  /// What was chosen; nil where each layer has its own map.
  init?(_ chosen: Settings) { self.init(rawValue: chosen.text("fuse")) }

  /// One map `[T, 1, H, W]` of several, in the order of the layers.
  func fused(_ maps: [Value], in builder: inout GraphBuilder) throws(GraphError) -> Value {
    guard var sum = maps.first else { throw .unsuitable("no map to fuse") }
    for map in maps.dropFirst() {
      switch self {
      case .mean: sum = try builder.add(Add(), [sum, map])
      // The larger of two: b + ReLU(a − b) would round, so one list of channels is reduced.
      case .max: sum = try builder.add(Concat(axis: 1), [sum, map])
      }
    }
    guard maps.count > 1 else { return sum }
    switch self {
    case .mean: return try builder.add(Divide(), [sum, builder.constant(Float(maps.count))])
    case .max: return try builder.add(ReduceMax(axes: [1], keepsAxes: true), [sum])
    }
  }

  /// What one layer's record says where fusing was asked for.
  var onlyOneLayer: String { "fuse=\(rawValue): there is one layer only" }

  /// One explanation of those of several layers: their maps fused, then min-maxed.
  ///
  /// The clean forward pass and the backward pass are shared, and counted once.
  /// - Throws: `ExplanationError` where there are several and nothing fuses them, or the engine
  ///   fails.
  static func explanation(
    _ parts: [Explanation], _ fusion: Fusion?, method: String, targets: Int, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    guard var first = parts.first, parts.count == 1 || fusion != nil else {
      throw .unsuitable("\(method) makes one map of \(parts.count) layers with fuse=mean or max")
    }
    guard let fusion else { return first }
    guard parts.count > 1 else {
      first.notes += (0..<targets).map { Note(target: $0, fusion.onlyOneLayer) }
      return first
    }
    let results = try await probe.compute(parts.map(\.maps)) {
      (builder, inputs) throws(GraphError) in
      let fused = try fusion.fused(inputs, in: &builder)
      let last = try builder.add(MinMax(), [fused])
      return [last, fused, try builder.range(of: fused), try builder.range(of: last)]
    }
    let shared = parts.dropFirst().reduce(into: first.passes) { sums, part in
      for (place, passes) in part.passes.enumerated() where sums.indices.contains(place) {
        sums[place].forwards += passes.forwards - 1
        sums[place].tails += passes.tails
      }
    }
    return Explanation(
      maps: results[0], raw: results[1], ranges: results[2], extremes: results[3],
      checks: parts.flatMap(\.checks), emptyReasons: first.emptyReasons,
      notes: parts.flatMap(\.notes), passes: shared)
  }
}
