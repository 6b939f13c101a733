import Operators
import Tensors

/// The C struct `conv2d_weight_gradient_arguments` of `ops/conv2d_weight_gradient.cl`.
struct Conv2DWeightGradientArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var dw: TensorArgument
  var window: WindowArgument
}

extension Conv2DWeightGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let file = "ops/conv2d_weight_gradient.cl"
    let definition = variant("definition", .any, site) { arguments, _ in
      (KernelName(file, "conv2d_weight_gradient"), arguments.dw.walk)
    }
    if site.traits.family == .gpu { return [definition] + (gemm(site).map { [$0] } ?? []) }
    let taps = kernelHeight * kernelWidth
    guard conv.groups == 1 else { return [definition] }
    let pictures = [definition] + (stem(site).map { [$0] } ?? [])
    guard taps <= 49 else { return pictures }
    var blocks = variant("blocks", .layout(.blocked), site) { arguments, tile in
      let extent = [arguments.dy.channels, arguments.x.channels].map { channels in
        (Layout.blockCount(Int(channels)) + tile["NB"] - 1) / tile["NB"]
      }
      let kernel = KernelName(
        file, "conv2d_weight_gradient_blocks",
        defines: tile.sizes.merging(["TAPS": taps]) { $1 })
      return (kernel, .groupsOfOne(extent))
    }
    // The sums of a work-item, 1 KB for each tap and pair of blocks, stay in the nearest cache.
    let counts = taps == 1 ? [2, 1] : [1, 2]
    blocks.tiles = Tile.filterBlocks(site.traits).flatMap { filters in
      counts.map { filters.with(Tile(["NB": $0])) }
    }
    guard let winograd = winograd(site) else { return [definition, blocks] + pictures.dropFirst() }
    // On maps of one or two rows the sums of rows, which leave out what lies outside, have fewer products.
    let isFastest = min(site.inputs[1][2], site.inputs[1][3]) > 2
    return isFastest ? [definition, blocks, winograd] : [definition, winograd, blocks]
  }

  /// The scope of the forward pass, whose output is dy.
  func forward(_ scope: LaunchScope) -> LaunchScope {
    LaunchScope(
      inputs: [scope.inputs[0], scope.output], output: scope.inputs[1], residual: nil,
      activation: .none, gate: nil, bounds: nil, tile: scope.tile)
  }

  private func variant(
    _ name: String, _ input: InputForm, _ site: OperatorSite,
    _ launch: @escaping @Sendable (Conv2DWeightGradientArguments, Tile) -> (KernelName, WorkItems)
  ) -> Variant {
    Variant(name, inputs: [input, input], output: .canonical(for: site.output)) { scope in
      let arguments = Conv2DWeightGradientArguments(
        x: scope.inputs[0].argument, dy: scope.inputs[1].argument, dw: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(kernelHeight, kernelWidth)))
      let (kernel, size) = launch(arguments, scope.tile)
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, size)]
    }
  }
}
