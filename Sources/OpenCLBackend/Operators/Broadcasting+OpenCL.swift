import Operators
import Tensors

/// The C struct `broadcasting_arguments` of `common/broadcasting.clh`.
struct BroadcastingArguments: BitwiseCopyable {
  var a: TensorArgument
  var b: TensorArgument
  var y: TensorArgument
}

/// How the tensors of a broadcasting operator look as four axes.
///
/// Where all are plain, neighbouring axes that every tensor has in full or not at all become one, so
/// that tensors of higher rank fit. Axis 0 stays alone: its extent changes from run to run.
struct BroadcastViews {
  /// Four extents for each tensor, the inputs in order and then the output.
  private let extents: [[Int]]

  /// The elements of the output that lie side by side along its last axis.
  var lineLength: Int { extents.last?.last ?? 0 }

  /// The views of inputs that broadcast to an output; nil where four axes do not suffice.
  init?(_ inputs: [Shape], to output: Shape) {
    let aligned = (inputs + [output]).map { shape in
      [Int](repeating: 1, count: output.rank - shape.rank) + shape.extents
    }
    var groups: [Range<Int>] = []
    for axis in output.extents.indices {
      let longer = (axis > 1 ? groups.last?.lowerBound ?? axis : axis)..<axis + 1
      if aligned.allSatisfy({ Self.isUniform($0, longer, output) }) {
        groups.removeAll { $0.lowerBound == longer.lowerBound }
        groups.append(longer)
      } else {
        groups.append(axis..<axis + 1)
      }
    }
    guard groups.count <= 4 else { return nil }
    let missing = [Int](repeating: 1, count: 4 - groups.count)
    extents = aligned.map { extents in
      let merged = groups.map { extents[$0].reduce(1, *) }
      return merged.count == 1 ? missing + merged : merged.prefix(1) + missing + merged.dropFirst()
    }
  }

  /// Whether a tensor has all of some axes in full, or none of them.
  private static func isUniform(_ extents: [Int], _ axes: Range<Int>, _ output: Shape) -> Bool {
    axes.allSatisfy { extents[$0] == output[$0] } || axes.allSatisfy { extents[$0] == 1 }
  }

  /// The tensors of a launch as kernels see them, the output last.
  static func arguments(_ inputs: [PlacedTensor], to output: PlacedTensor) -> [TensorArgument] {
    let tensors = inputs + [output]
    guard tensors.allSatisfy({ $0.layout == .plain }) else {
      return inputs.map { $0.argument(alignedTo: output.shape.rank) } + [output.argument]
    }
    guard let views = BroadcastViews(inputs.map(\.shape), to: output.shape) else {
      preconditionFailure("the ladder is empty where four axes do not suffice")
    }
    return zip(tensors, views.extents).map { $0.viewed(as: $1) }
  }
}

extension OpenCLOperator {
  /// The variants of a broadcasting operator.
  func broadcastingVariants(_ site: OperatorSite) -> [Variant] {
    guard let views = BroadcastViews(site.inputs, to: site.output) else { return [] }
    let file = "ops/\(Self.name).cl"
    let definition = KernelName(file, "\(Self.name)_definition")
    let lanes = KernelName(file, "\(Self.name)_lanes")
    var ladder = [
      broadcastingVariant("definition", inputs: .any, definition) { $0.walk }
    ]
    if site.hasLanes, site.inputs.allSatisfy({ Self.hasLanes($0, in: site.output) }) {
      ladder.append(broadcastingVariant("lanes", inputs: .layout(.blocked), lanes) { $0.runs })
    }
    if site.hasPixelRows, views.lineLength >= Layout.lanes {
      let runs = KernelName(file, "\(Self.name)_runs")
      ladder.append(broadcastingVariant("runs", inputs: .layout(.plain), runs) { $0.spans })
    }
    return ladder
  }

  /// Whether an input has all channels of the output, and all its pixels or one.
  fileprivate static func hasLanes(_ input: Shape, in output: Shape) -> Bool {
    input.rank == 4 && input[1] == output[1]
      && (input[2] == output[2] && input[3] == output[3] || input[2] == 1 && input[3] == 1)
  }

  private func broadcastingVariant(
    _ name: String, inputs: InputForm, _ kernel: KernelName,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    Variant(
      name, algorithm: "definition", inputs: [inputs, inputs],
      output: inputs.layout
    ) { scope in
      let views = BroadcastViews.arguments(scope.inputs, to: scope.output)
      let arguments = BroadcastingArguments(a: views[0], b: views[1], y: views[2])
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, size(arguments.y))]
    }
  }
}

extension Add: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

extension Subtract: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

extension Multiply: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

extension Divide: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

/// The C structs of kernels that read one tensor, write one, and need nothing else.
struct CopyArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
}

extension Broadcast: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    guard BroadcastViews([site.inputs[0]], to: site.output) != nil else { return [] }
    let definition = variant("definition", .any, "broadcast") { $0.walk }
    guard site.hasLanes, Self.hasLanes(site.inputs[0], in: site.output) else { return [definition] }
    return [definition, variant("lanes", .layout(.blocked), "broadcast_lanes") { $0.runs }]
  }

  private func variant(
    _ name: String, _ form: InputForm, _ function: String,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    let kernel = KernelName("ops/broadcast.cl", function)
    return Variant(
      name, algorithm: "definition", inputs: [form, .any], output: form.layout
    ) { scope in
      let views = BroadcastViews.arguments([scope.inputs[0]], to: scope.output)
      let arguments = CopyArguments(x: views[0], y: views[1])
      return [KernelCall(kernel, [.input(0), .output], arguments, size(arguments.y))]
    }
  }
}
