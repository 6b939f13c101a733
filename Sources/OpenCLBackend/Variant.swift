import Graphs
import Operators
import Tensors

/// A kernel: file, function, and the defines that specialise it.
package struct KernelName: Sendable, Hashable, CustomStringConvertible {
  /// The path below `Kernels/`, `ops/conv2d.cl`.
  package let path: String
  /// The function in it.
  package let function: String
  /// Compile-time parameters; each has a default in the file.
  package let defines: [String: Int]

  package init(_ path: String, _ function: String, defines: [String: Int] = [:]) {
    self.path = path
    self.function = function
    self.defines = defines
  }

  /// `ops/conv2d.cl:conv2d_direct`.
  package var description: String { "\(path):\(function)" }
}

/// A buffer that a kernel reads or writes.
package enum Operand: Sendable, Hashable {
  /// The step's input at this place.
  case input(Int)
  /// The tensor that a fused step adds before its activation; the output where there is none.
  case residual
  /// The tensor that decides where a fused step passes its result; the output where there is none.
  case gate
  /// The step's output.
  case output
  /// Working memory of the step, by its place in `Variant.scratch`.
  case scratch(Int)
  /// A table of the step, by its place in `Variant.tables`.
  case table(Int)
}

/// One kernel launch of a step: buffers first, in this order, then the argument struct.
package struct KernelCall: Sendable, Hashable {
  package let kernel: KernelName
  package let operands: [Operand]
  package let arguments: [UInt8]
  package let workSize: WorkItems

  /// A launch; `arguments` is the C argument struct of the kernel, field by field.
  package init<Arguments: BitwiseCopyable>(
    _ kernel: KernelName, _ operands: [Operand], _ arguments: Arguments, _ workSize: WorkItems
  ) {
    self.kernel = kernel
    self.operands = operands
    // The struct is laid out as the kernel's; only its bytes travel.
    self.arguments = withUnsafeBytes(of: arguments) { Array($0) }
    self.workSize = workSize
  }
}

/// The tensors of a step at the moment of a launch.
package struct LaunchScope: Sendable {
  /// The inputs of the anchor node, in order.
  ///
  /// A packed parameter keeps its logical shape.
  package let inputs: [PlacedTensor]
  /// What the step writes.
  package let output: PlacedTensor
  /// The residual of a fused step.
  package let residual: PlacedTensor?
  /// The activation of a fused step.
  package let activation: Activation
  /// The tensor of the gate of a fused step, and its bounds.
  package let gate: PlacedTensor?
  package let bounds: Gate?
  /// The chosen one of the variant's tiles.
  package let tile: Tile
}

/// What a variant asks of one of its inputs.
package enum InputForm: Sendable, Hashable {
  /// Any layout; the kernel looks at `tensor.blocked`.
  case any
  /// This layout; the planner converts where the tensor has another.
  case layout(Layout)
  /// A parameter in a packed form, made once and shared by all plans.
  case packed(ParameterForm)

  /// The layout that is asked for; nil where any will do.
  var layout: Layout? {
    if case .layout(let layout) = self { layout } else { nil }
  }
}

/// One rung of an operator's ladder: which kernels run, in what layouts, with what algorithm.
package struct Variant: Sendable {
  /// The name in reports, `definition`, `direct`.
  package var name: String
  /// What fixes the order of summation: all tiles of one algorithm give equal bits.
  package var algorithm: String
  /// What it asks of each input.
  package var inputs: [InputForm]
  /// The layout it writes; nil where it writes any.
  package var output: Layout?
  /// Whether it can add a residual and apply an activation before it stores.
  package var hasEpilogue = false
  /// Whether it can let its result pass, behind the activation, only where another tensor lies between
  /// bounds.
  package var hasGate = false
  /// Whether the output is its inputs behind each other, so that they can be written there at once.
  ///
  /// They are blocks of channels of a blocked tensor; there is a launch for each input.
  package var isView = false
  /// The input whose memory the output may take: each work-item reads of it what it writes itself.
  package var overwrites: Int?
  /// The tiles that its kernels can be compiled for, the most promising first.
  package var tiles: [Tile] = [Tile()]
  /// The products it multiplies, by those of the operator's definition.
  package var effort = 1.0
  /// Floats of working memory, for the tensors at capacity; whatever the tile.
  package var scratch: [Int] = []
  /// Small tables uploaded when the plan is made.
  package var tables: [[Float]] = []
  /// The launches.
  ///
  /// Their number and kernels must not depend on the rows.
  package var calls: @Sendable (LaunchScope) -> [KernelCall]

  /// A variant that reads and writes any layout with one algorithm of its own name.
  package init(
    _ name: String, algorithm: String? = nil, inputs: [InputForm], output: Layout? = nil,
    calls: @escaping @Sendable (LaunchScope) -> [KernelCall]
  ) {
    self.name = name
    self.algorithm = algorithm ?? name
    self.inputs = inputs
    self.output = output
    self.calls = calls
  }
}

/// What an operator knows when it lists its variants: shapes at capacity, and the device.
package struct OperatorSite: Sendable {
  /// The shapes of the inputs; the leading extent is the capacity where they have rows.
  package var inputs: [Shape]
  /// The shape of the output.
  package let output: Shape
  /// Which inputs are parameters, and can be packed.
  package let isParameter: [Bool]
  /// What the kernels may count on.
  package let traits: DeviceTraits

  /// Whether kernels that compute 16 channels at a time are worth it: on a CPU device, where the
  /// output is blocked.
  var hasLanes: Bool { traits.family == .cpu && Layout.canonical(for: output) == .blocked }

  /// Whether kernels that compute a row of pixels at a time are worth it: on a CPU device, where the
  /// output is plain.
  var hasPixelRows: Bool { traits.family == .cpu && Layout.canonical(for: output) == .plain }
}

/// An operator that OpenCL devices can run.
package protocol OpenCLOperator: Operator {
  /// The ladder: the definition first, then every faster variant that can run here; the last one
  /// that fits is what production uses. Empty where no kernel can run these shapes.
  func variants(at site: OperatorSite) -> [Variant]

  /// The operator's parameters as text, for tables of measurements.
  var geometry: String { get }
}
