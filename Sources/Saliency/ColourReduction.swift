import Execution
import Graphs
import Operators
import Tensors

/// How the values of a pixel's colours become one.
public enum ColourReduction: String, Sendable, Hashable, CaseIterable {
  /// The largest magnitude.
  case absMax = "abs-max"
  /// The sum of magnitudes.
  case absSum = "abs-sum"
  /// The largest value.
  case max
  /// The sum.
  case sum
  /// Colours are kept.
  case none

  /// `[T, 1, H, W]` from `[T, C, H, W]`; the values themselves for `none`.
  package func reduce(
    _ values: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    switch self {
    case .absMax:
      try builder.add(ReduceMax(axes: [1], keepsAxes: true), [builder.magnitude(values)])
    case .absSum:
      try builder.add(ReduceSum(axes: [1], keepsAxes: true), [builder.magnitude(values)])
    case .max: try builder.add(ReduceMax(axes: [1], keepsAxes: true), [values])
    case .sum: try builder.add(ReduceSum(axes: [1], keepsAxes: true), [values])
    case .none: values
    }
  }
}

extension GraphBuilder {
  /// |v| = ReLU(v) + ReLU(−v), exact: one of the two is zero.
  mutating func magnitude(_ values: Value) throws(GraphError) -> Value {
    let negative = try add(Multiply(), [values, constant(-1)])
    return try add(Add(), [add(ReLU(), [values]), add(ReLU(), [negative])])
  }
}

/// The common end of the input-gradient family: colours reduced, nothing scaled.
struct GradientEnd: Sendable, Hashable {
  /// How colours are reduced.
  var reduction: ColourReduction
  /// How pictures show it.
  var display: GradientDisplayStyle

  /// The settings of every method of the family.
  static func settings(reduce value: ColourReduction) -> [Setting] {
    [
      Setting(
        "reduce", default: value.rawValue, .choice(ColourReduction.allCases.map(\.rawValue)),
        "how the values of the colours become one; none keeps them"),
      .words("display", GradientDisplayStyle.self, "how pictures show the values"),
    ]
  }

  /// The end that settings ask for.
  init(_ chosen: Settings) {
    reduction = chosen.choice("reduce")
    display = chosen.choice("display")
  }

  /// Whether pictures are made of the values before colours are reduced.
  ///
  /// Magnitudes of a signed sum hide what cancels, and two displays need signs or colours.
  var isDrawnFromColours: Bool {
    reduction == .sum || display == .signed99 || display == .deprocess
  }

  /// An explanation of values `[T, C, H, W]`.
  ///
  /// Passes and notes are those of the method.
  func explanation(
    of values: any ResidentTensor, outputs: any ResidentTensor, _ what: String,
    passes: [Passes], notes: [Note] = [], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let results = try await probe.compute([values, outputs]) {
      (builder, inputs) throws(GraphError) in
      let map = try reduction.reduce(inputs[0], in: &builder)
      return [
        map, try builder.colourRange(of: map), try builder.finiteCheck(inputs[1]),
        try builder.finiteCheck(inputs[0]),
      ]
    }
    let zero =
      "the target does not change with the image here: \(what) are zero everywhere;"
      + " try the logit, or another target"
    return Explanation(
      maps: results[0], raw: values, ranges: results[1], extremes: results[1],
      checks: [("logits", results[2]), (what, results[3])],
      emptyReasons: EmptyReasons(nowherePositive: zero, constant: zero), notes: notes,
      passes: passes)
  }
}

extension GraphBuilder {
  /// Minimum and maximum over all colours and places: `[T, 2]` from `[T, C, h, w]`.
  mutating func colourRange(of map: Value) throws(GraphError) -> Value {
    let low = try add(ReduceMin(axes: [1, 2, 3], keepsAxes: false), [map])
    let high = try add(ReduceMax(axes: [1, 2, 3], keepsAxes: false), [map])
    return try add(
      Concat(axis: 1), [add(Reshape([1, 1]), [low]), add(Reshape([1, 1]), [high])])
  }
}
