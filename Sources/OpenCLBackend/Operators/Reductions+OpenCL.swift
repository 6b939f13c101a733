import Operators
import Tensors

/// The C struct `reduction_arguments` of `common/reduction.clh`.
struct ReductionArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var span: LineArgument
}

extension OpenCLOperator {
  /// The one variant of an operator with one result for each line along some axes.
  func reductionVariants(
    _ site: OperatorSite, axes: [Int], keepsAxes: Bool = true
  ) -> [Variant] {
    guard Lines(site.inputs[0], along: axes, merges: true) != nil else { return [] }
    let kernel = KernelName("ops/\(Self.name).cl", Self.name)
    // Without its reduced axes the output has another rank: it is plain, and any view fits.
    return [
      Variant("definition", inputs: [.any], output: keepsAxes ? nil : .plain) { scope in
        let (x, y) = (scope.inputs[0], scope.output)
        let lines = Lines(x.shape, along: axes, in: [x, y])
        let arguments = ReductionArguments(
          x: lines.whole(x), y: lines.reduced(y), span: lines.span)
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension OpenCLOperator {
  /// The rung of an extremum of lines that lie in one piece: of a plain tensor along its last axes,
  /// on a CPU device.
  fileprivate func runs(_ site: OperatorSite, axes: [Int]) -> [Variant] {
    let x = site.inputs[0]
    guard site.traits.family == .cpu, Layout.canonical(for: x) == .plain,
      let lines = Lines(x, along: axes, merges: true), lines.arePieces
    else { return [] }
    let kernel = KernelName("ops/\(Self.name).cl", "\(Self.name)_runs")
    return [
      Variant("runs", inputs: [.layout(.plain)], output: .plain) { scope in
        let (x, y) = (scope.inputs[0], scope.output)
        let lines = Lines(x.shape, along: axes, in: [x, y])
        let arguments = ReductionArguments(
          x: lines.whole(x), y: lines.reduced(y), span: lines.span)
        let size = [arguments.y.height, arguments.y.rows, arguments.y.channels].map { Int($0) }
        return [KernelCall(kernel, [.input(0), .output], arguments, .groupsOfOne(size))]
      }
    ]
  }
}

extension ReduceSum: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let ladder = reductionVariants(site, axes: axes, keepsAxes: keepsAxes)
    guard axes == site.inputs[0].axesBesideChannels, !keepsAxes else { return ladder }
    return ladder + channelSumsByRows(site, ChannelSum())
  }
}

extension ReduceMean: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let ladder = reductionVariants(site, axes: axes, keepsAxes: keepsAxes)
    guard axes == site.inputs[0].axesBesideChannels, !keepsAxes else { return ladder }
    return ladder + channelSumsByRows(site, ChannelSum())
  }
}

extension ReduceMin: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    reductionVariants(site, axes: axes, keepsAxes: keepsAxes) + runs(site, axes: axes)
  }
}

extension ReduceMax: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    reductionVariants(site, axes: axes, keepsAxes: keepsAxes) + runs(site, axes: axes)
  }
}

extension ArgMin: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    reductionVariants(site, axes: axes, keepsAxes: keepsAxes)
  }
}

extension ArgMax: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    reductionVariants(site, axes: axes, keepsAxes: keepsAxes)
  }
}

extension GlobalAveragePool: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let quads = quads(site) {
      CopyArguments(x: $0.inputs[0].argument, y: $0.output.argument)
    }
    let ladder = reductionVariants(site, axes: [2, 3]) + quads
    guard site.hasLanes, !ladder.isEmpty else { return ladder }
    let kernel = KernelName("ops/global_average_pool.cl", "global_average_pool_lanes")
    let lanes = Variant(
      "lanes", algorithm: "definition", inputs: [.layout(.blocked)], output: .blocked
    ) { scope in
      let (x, y) = (scope.inputs[0], scope.output)
      let lines = Lines(x.shape, along: [2, 3], in: [x, y])
      let arguments = ReductionArguments(x: x.argument, y: y.argument, span: lines.span)
      let size = [Int(arguments.y.rows), Layout.blockCount(Int(arguments.y.channels))]
      return [KernelCall(kernel, [.input(0), .output], arguments, .groupsOfOne(size))]
    }
    return ladder + [lanes]
  }
}
