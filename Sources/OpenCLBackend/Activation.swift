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

/// The C struct `epilogue` of `common/activations.clh`.
package struct EpilogueArgument: BitwiseCopyable, Sendable {
  package var activation: Int32
  package var first: Float = 0
  package var second: Float = 0
  package var hasResidual: Int32

  package init(_ activation: Activation, hasResidual: Bool) {
    self.hasResidual = hasResidual ? 1 : 0
    switch activation {
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
