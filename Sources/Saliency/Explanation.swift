import Execution
import Tensors

/// Something about a map that its reader must know.
public struct Note: Sendable, Hashable {
  /// The target's place.
  public let target: Int
  /// One line.
  public let text: String

  /// A note.
  public init(target: Int, _ text: String) {
    self.target = target
    self.text = text
  }
}

/// Why a map of a method can be empty, and what to try: one line for each cause.
public struct EmptyReasons: Sendable, Hashable {
  /// Nothing in the map is positive.
  public var nowherePositive: String
  /// The map has one value everywhere.
  public var constant: String
  /// No mask but the baseline is live; nil for methods without masks.
  public var noMask: String?

  /// Reasons.
  public init(nowherePositive: String, constant: String, noMask: String? = nil) {
    self.nowherePositive = nowherePositive
    self.constant = constant
    self.noMask = noMask
  }
}

/// The maps of a method, still on the device.
public struct Explanation: Sendable {
  /// `[T, 1, H, W]`: the finished maps, finite; in [0, 1] unless the finish leaves them raw.
  ///
  /// Gradients of the input may keep their colours: `[T, C, H, W]`.
  public var maps: any ResidentTensor
  /// `[T, 1, u, v]` or `[T, 1, H, W]`: the maps before normalisation, where there are such;
  /// gradients of the input before their colours are reduced, `[T, C, H, W]`.
  public var raw: (any ResidentTensor)?
  /// `[T, 2]`: minimum and maximum before the last normalisation.
  public var ranges: any ResidentTensor
  /// `[T, 2]`: minimum and maximum of the finished maps; both 0 where a map is empty.
  public var extremes: any ResidentTensor
  /// Finite checks, `[T, 1]` each, with the name of the tensor: 0, or not finite where that is.
  public var checks: [(name: String, sums: any ResidentTensor)]
  /// Scores of masks, `[T, M]`, where the method makes some; mask 0 is the baseline.
  public var scores: (any ResidentTensor)?
  /// `[T, M]` live masks (1 or 0), where the method makes masks; mask 0 is the baseline.
  public var live: (any ResidentTensor)?
  /// Why maps may be empty.
  public var emptyReasons: EmptyReasons
  /// What readers must know.
  public var notes: [Note]
  /// The passes of each target.
  public var passes: [Passes]

  /// An explanation.
  public init(
    maps: any ResidentTensor, raw: (any ResidentTensor)? = nil, ranges: any ResidentTensor,
    extremes: any ResidentTensor,
    checks: [(name: String, sums: any ResidentTensor)] = [],
    scores: (any ResidentTensor)? = nil, live: (any ResidentTensor)? = nil,
    emptyReasons: EmptyReasons, notes: [Note] = [], passes: [Passes]
  ) {
    self.maps = maps
    self.raw = raw
    self.ranges = ranges
    self.extremes = extremes
    self.checks = checks
    self.scores = scores
    self.live = live
    self.emptyReasons = emptyReasons
    self.notes = notes
    self.passes = passes
  }
}

/// What a record says of one map.
public struct MapSummary: Sendable {
  /// The smallest value before the last normalisation.
  public let minimum: Float
  /// The largest value before the last normalisation.
  public let maximum: Float
  /// Whether the map is empty: all zeros by definition.
  public let isDegenerate: Bool
  /// Why it is empty and what to try; nil where it is not.
  public let reason: String?
  /// The tensor that holds NaN or infinity for this target; then the map means nothing.
  public let error: ExplanationError?
}

extension Explanation {
  /// Reads the small tables back: for each target its range, whether the map is empty and why,
  /// and whether anything on the way was not finite.
  ///
  /// Waits until the maps are done.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  public func summaries() async throws(ExplanationError) -> [MapSummary] {
    let ranges = try await read(ranges)
    let extremes = try await read(extremes)
    var sums: [(name: String, sums: HostTensor<Float>)] = []
    for check in checks { sums.append((check.name, try await read(check.sums))) }
    var masks: HostTensor<Float>?
    if let live { masks = try await read(live) }
    return (0..<ranges.shape[0]).map { target in
      let (minimum, maximum) = (ranges[2 * target], ranges[2 * target + 1])
      let ends = [minimum, maximum, extremes[2 * target], extremes[2 * target + 1]]
      let overflow = ends.allSatisfy(\.isFinite) ? nil : "the weighted sums"
      let bad = sums.first { !$0.sums[target].isFinite }?.name ?? overflow
      let isEmpty = extremes[2 * target] == 0 && extremes[2 * target + 1] == 0
      let hasMask =
        masks.map { table in
          table.rows(target..<target + 1).elements.dropFirst().contains { $0 > 0 }
        } ?? true
      var reason: String?
      if isEmpty {
        reason = maximum > 0 ? emptyReasons.constant : emptyReasons.nowherePositive
        if !hasMask, let noMask = emptyReasons.noMask { reason = noMask }
      }
      return MapSummary(
        minimum: minimum, maximum: maximum, isDegenerate: isEmpty, reason: reason,
        error: bad.map { .notFinite(tensor: $0, target: target) })
    }
  }

  private func read(
    _ tensor: any ResidentTensor
  ) async throws(ExplanationError) -> HostTensor<Float> {
    try await engine { () async throws(BackendError) in try await tensor.download() }
  }
}
