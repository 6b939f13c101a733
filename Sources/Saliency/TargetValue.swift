import Graphs
import Operators
import Tensors

/// The value of targets, y, as methods without gradients read it: from scores.
///
/// A logit is scored by its value; a probability and its logarithm by the probability, and the
/// logarithm is taken here. Signs are left out of the scores and given back here.
enum TargetValue {
  /// The targets as they are scored.
  static func scored(_ targets: [Target]) -> [Target] {
    targets.map { target in
      var scored = target
      scored.negated = false
      if target.head == .logit { scored.score = .value }
      return scored
    }
  }

  /// What `value` needs of targets, `[T, 2]`: the sign, and 1 where a logarithm is taken.
  static func kinds(of targets: [Target]) -> HostTensor<Float> {
    let kinds: [[Float]] = targets.map { target in
      let isLogarithm = target.head == .logProbability && target.score == .probability
      return [target.negated ? -1 : 1, isLogarithm ? 1 : 0]
    }
    return HostTensor([targets.count, 2], kinds.flatMap(\.self))
  }
}

extension GraphBuilder {
  /// y, `[T, M]`, from scores `[T, M]` and the kinds of the targets `[T, 2]`.
  mutating func targetValue(of scores: Value, kinds: Value) throws(GraphError) -> Value {
    let sign = try add(Slice(axis: 1, range: 0..<1), [kinds])
    let isLogarithm = try add(Slice(axis: 1, range: 1..<2), [kinds])
    let isPlain = try add(Subtract(), [constant(1), isLogarithm])
    // The logarithm of one where none is asked for.
    let argument = try add(Add(), [add(Multiply(), [scores, isLogarithm]), isPlain])
    let plain = try add(Multiply(), [scores, isPlain])
    return try add(Multiply(), [add(Add(), [add(Logarithm(), [argument]), plain]), sign])
  }

  /// 1 where a value is not zero, else 0.
  mutating func isOtherThanZero(_ value: Value) throws(GraphError) -> Value {
    let negative = try add(Multiply(), [value, constant(-1)])
    return try add(Add(), [add(Step(), [value]), add(Step(), [negative])])
  }
}
