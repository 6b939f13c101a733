import Operators

/// The activation that a fused step applies before it stores; `epilogue_activation` in C.
package enum Activation: Sendable, Hashable {
  case none
  case relu
  case clamp(lower: Float, upper: Float)
  case sigmoid
  case silu
  case hardSigmoid(slope: Float, offset: Float)
  case hardSwish
}

/// What the result of a fused step is multiplied by: 1 where another tensor lies between two bounds,
/// else 0.
///
/// A gradient passes such a gate on its way back through a ReLU or a clamp.
package struct Gate: Sendable, Hashable {
  package var lower: Float
  package var upper: Float
}

/// The C struct `epilogue` of `common/activations.clh`.
package struct EpilogueArgument: BitwiseCopyable, Sendable {
  package var activation: Int32
  package var first: Float = 0
  package var second: Float = 0
  package var hasResidual: Int32
  package var hasGate: Int32
  package var gateLower: Float
  package var gateUpper: Float

  /// The end of a step as a launch sees it.
  package init(_ scope: LaunchScope) {
    hasResidual = scope.residual == nil ? 0 : 1
    hasGate = scope.gate == nil ? 0 : 1
    gateLower = scope.bounds?.lower ?? 0
    gateUpper = scope.bounds?.upper ?? 0
    switch scope.activation {
    case .none: self.activation = 0
    case .relu: self.activation = 1
    case .clamp(let lower, let upper): (self.activation, first, second) = (2, lower, upper)
    case .sigmoid: self.activation = 3
    case .silu: self.activation = 4
    case .hardSigmoid(let slope, let offset):
      (self.activation, first, second) = (5, slope, offset)
    case .hardSwish: self.activation = 6
    }
  }
}
