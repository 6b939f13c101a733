import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// What insertion, deletion and their difference share: pixels are changed in the order of the map,
/// some at a time, and the score is written down after each step.
///
/// Steps of all subjects are packed into forward runs of the session's size; a step is a number, the
/// rank below which pixels are changed, and only scores come back.
struct PixelCurves: Sendable, Hashable {
  /// How many pixels a step changes.
  enum Steps: String, Sendable, Hashable, CaseIterable {
    /// A hundredth of them.
    case paper
    /// 448 pixels: two rows of 224.
    case two = "448"
    /// 1792 pixels: eight rows of 224.
    case eight = "1792"
    /// 224 pixels: a row of 224.
    case one = "224"
  }

  /// What pixels are deleted to.
  enum Substrate: String, Sendable, Hashable, CaseIterable {
    /// Zeros of the normalised space.
    case zero
    /// The image under a wide Gaussian.
    case blur
  }

  /// What pixels are inserted into.
  enum Start: String, Sendable, Hashable, CaseIterable {
    /// The image under a Gaussian of 51 pixels and deviation 50.
    case blur
    /// The image under the 11 pixels of the published code of RISE.
    case riseBlur = "blur-rise"
  }

  /// Which of the two ways.
  enum Way: String, Sendable, Hashable {
    /// From the image to nothing.
    case deletion
    /// From nothing to the image.
    case insertion
  }

  /// What stands before the names of the settings.
  static let family = "insertion-deletion"

  /// What can be set.
  static let settings: [Setting] = [
    .words("step", Steps.self, "pixels of a step: a hundredth of them, or this number"),
    .words("del", Substrate.self, "what pixels are deleted to"),
    .words("ins", Start.self, "what pixels are inserted into"),
  ]

  private let steps: Steps
  private let substrate: Substrate
  private let start: Start

  /// The curves that settings ask for.
  init(_ chosen: Settings) {
    steps = chosen.choice("step")
    substrate = chosen.choice("del")
    start = chosen.choice("ins")
  }

  /// The number of pixels that are changed after each step, from 0 to all, not falling.
  func thresholds(pixels: Int) -> [Int] {
    guard let size = Int(steps.rawValue) else {
      return (0...100).map { $0 * pixels / 100 }
    }
    return (0...(pixels + size - 1) / size).map { min($0 * size, pixels) }
  }

  /// A curve that metrics share.
  private func key(_ way: Way) -> String {
    "\(way) \(steps) \(way == .deletion ? substrate.rawValue : start.rawValue)"
  }

  /// A pass for each step of one way, and one for its start.
  func cost(_ way: Way, _ network: Graph) -> MetricCost {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    let count = shape.rank == 4 ? thresholds(pixels: shape[2] * shape[3]).count : 101
    return MetricCost(key(way), passes: Passes(forwards: count))
  }

  /// Why a way cannot be gone with images of this network; nil where it can.
  func obstacle(_ way: Way, in network: Graph) -> String? {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    guard shape.rank == 4 else { return nil }
    let isBlurred = way == .deletion ? substrate == .blur : start == .blur
    guard isBlurred, Baseline(.blur).obstacle(height: shape[2], width: shape[3]) != nil else {
      return nil
    }
    let other = way == .deletion ? "del=zero" : "ins=blur-rise"
    return "a blur of 51 pixels needs images larger than 25x25, and the network takes"
      + " \(shape[2])x\(shape[3]); try \(Self.family).\(other)"
  }

  /// The curve of each subject and the area below it.
  /// - Throws: `ExplanationError` where the engine fails.
  func measure(
    _ way: Way, _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    return try await subjects.measurements(key(way)) { () async throws(ExplanationError) in
      let views = try await probe.views(for: subjects.targets, activations: [])
      let shape = subjects.maps.shape
      let thresholds = thresholds(pixels: shape[2] * shape[3])
      let ranks = try await subjects.ranks(with: probe)
      let field = MaskField(
        geometry: .rank(
          ranks: ranks,
          thresholds: try await probe.upload(
            HostTensor([thresholds.count, 1], thresholds.map(Float.init))), hides: false),
        count: thresholds.count)
      // Deletion is insertion of what pixels are deleted to, into the image: both ways share a plan.
      let substrate = try await baseline(way, with: probe)
      let shown = try way == .insertion ? probe : probe.with(images: substrate)
      let table = try await read(
        shown.scores(
          under: field, baseline: way == .insertion ? substrate : probe.images, subjects.targets,
          seeds: views.seeds))
      let empty = try await subjects.degenerate(with: probe)
      return subjects.targets.indices.map { target in
        let curve = table.rows(target..<target + 1).elements.map(Double.init)
        return Measurement(
          finite: Self.area(curve), isDegenerate: empty[target],
          curves: [.init(way.rawValue, curve)])
      }
    }
  }

  /// The area below a curve over [0, 1], by the trapezoid rule.
  static func area(_ curve: [Double]) -> Double {
    guard let first = curve.first, let last = curve.last, curve.count > 1 else {
      return curve.first ?? 0
    }
    return (curve.reduce(0, +) - first / 2 - last / 2) / Double(curve.count - 1)
  }

  private func baseline(
    _ way: Way, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    switch (way, substrate, start) {
    case (.deletion, .zero, _): return try await Baseline(.zero).images(of: probe)
    case (.deletion, .blur, _), (.insertion, _, .blur):
      return try await Baseline(.blur).images(of: probe)
    case (.insertion, _, .riseBlur):
      let channels = probe.images.shape[1]
      let taps = Self.riseTaps()
      return try await probe.compute([probe.images]) { (builder, inputs) throws(GraphError) in
        var image = inputs[0]
        for shape in [[channels, 1, 11, 1], [channels, 1, 1, 11]] {
          let filter = HostTensor<Float>(Shape(shape)) { Float(taps[$0 % taps.count]) }
          var window = Window()
          window.paddingBefore = .init(shape[2] / 2, shape[3] / 2)
          window.paddingAfter = window.paddingBefore
          image = try builder.add(
            Conv2D(window: window, groups: channels), [image, builder.constant(filter)])
        }
        return [image]
      }[0]
    }
  }

  /// The filter of the published code of RISE along one side: one bright pixel of eleven under a
  /// Gaussian of deviation 5, cut off at 20 pixels, that is mirrored at the ends of the eleven.
  ///
  /// Images are zero outside.
  static func riseTaps() -> [Double] {
    let weights = (-20...20).map { exponential(-Double($0 * $0) / 50) }
    let total = weights.reduce(0, +)
    return (0..<11).map { place in
      var sum = 0.0
      for (offset, weight) in zip(-20...20, weights) {
        let turn = (place + offset + 44) % 22
        if min(turn, 21 - turn) == 5 { sum += weight / total }
      }
      return sum
    }
  }
}
