import Operators
import Tensors

/// The C struct `channel_arguments` of `common/channels.clh`.
struct ChannelArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var epsilon: Float = 0
}

/// Which inputs of an operator are what kernels of `common/channels.clh` read; x stands for those
/// that they do not.
struct ChannelSum: Sendable {
  var x = 0
  var dy = 0
  var mean = 0
  var variance = 0
  var epsilon: Float = 0

  /// The tensors of a launch.
  func arguments(_ scope: LaunchScope) -> ChannelArguments {
    ChannelArguments(
      x: scope.inputs[x].argumentByChannels, dy: scope.inputs[dy].argumentByChannels,
      epsilon: epsilon)
  }
}

extension OpenCLOperator {
  /// One work-item a channel: the definition.
  func channelDefinition(_ site: OperatorSite, _ sum: ChannelSum) -> Variant {
    let kernel = KernelName("ops/\(Self.name).cl", Self.name)
    let operands = [sum.x, sum.dy, sum.mean, sum.variance].map(Operand.input)
    let inputs = site.inputs.map { $0.rank == 1 ? InputForm.layout(.plain) : .any }
    return Variant("definition", inputs: inputs, output: .plain) { scope in
      let arguments = sum.arguments(scope)
      let size = WorkItems.items(Int(arguments.x.channels))
      return [KernelCall(kernel, operands + [.output], arguments, size)]
    }
  }

  /// Sums of rows, which a second launch adds; nothing where x is not blocked.
  func channelSumsByRows(_ site: OperatorSite, _ sum: ChannelSum) -> [Variant] {
    let x = site.inputs[sum.x]
    guard Layout.canonical(for: x) == .blocked else { return [] }
    let hasLanes = site.traits.family == .cpu
    let path = "ops/\(Self.name).cl"
    let rows = KernelName(path, "\(Self.name)_\(hasLanes ? "lanes" : "rows")")
    let total = KernelName(path, "\(Self.name)_total\(hasLanes ? "_lanes" : "")")
    let inputs = site.inputs.map { InputForm.layout($0.rank == 1 ? .plain : .blocked) }
    let blocks = Layout.blockCount(x[1])
    var variant = Variant(
      hasLanes ? "lanes" : "rows", algorithm: "rows", inputs: inputs, output: .plain
    ) { scope in
      let arguments = sum.arguments(scope)
      let count = Int(arguments.x.rows)
      let size =
        hasLanes
        ? WorkItems.groupsOfOne([blocks, count])
        : WorkItems(global: [blocks * Layout.lanes, count], local: [Layout.lanes, 1])
      let totals = hasLanes ? WorkItems.groupsOfOne([blocks]) : .items(x[1])
      let read = [sum.x, sum.dy, sum.mean].map(Operand.input)
      return [
        KernelCall(rows, read + [.scratch(0)], arguments, size),
        KernelCall(
          total, [.scratch(0), .input(sum.variance), .output], arguments, totals),
      ]
    }
    variant.scratch = [x[0] * blocks * Layout.lanes]
    return [variant]
  }
}

extension BatchVariance: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let sum = ChannelSum(mean: 1)
    return [channelDefinition(site, sum)] + channelSumsByRows(site, sum)
  }
}

extension BatchNormScaleGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let sum = ChannelSum(x: 1, dy: 0, mean: 2, variance: 3, epsilon: epsilon)
    return [channelDefinition(site, sum)] + channelSumsByRows(site, sum)
  }
}
