import Operators
import Tensors

/// The C struct `conv2d_arguments` of `common/convolution.clh`.
struct Conv2DArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var residual: TensorArgument
  var gate: TensorArgument
  var filters: Int32
  var channels: Int32
  var kernelHeight: Int32
  var kernelWidth: Int32
  var strideY: Int32
  var strideX: Int32
  var dilationY: Int32
  var dilationX: Int32
  var padY: Int32
  var padX: Int32
  var packedBlocks: Int32
  var hasBias: Int32
  var end: EpilogueArgument
}

extension Conv2D: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    guard site.isParameter.dropFirst().allSatisfy({ $0 }) else { return [definition] }
    if site.traits.family == .gpu { return [definition] + gpuVariants(site) }
    if site.inputs[0][1] < Layout.lanes, groups == 1 { return [definition, stem(site)] }
    var ladder = [definition, direct(site)]
    if isPointwise(site) { ladder.append(pointwise(site)) }
    if isDepthwise(site) { ladder.append(depthwise(site)) }
    if let winograd = Winograd(self, site) {
      // Where it is not the fastest it is a rung below: checked, and not used.
      ladder.insert(contentsOf: winograd.rungs, at: winograd.isFastest ? ladder.count : 1)
    }
    return ladder
  }

  private var definition: Variant {
    var variant = Variant("definition", inputs: [.any, .layout(.plain), .layout(.plain)]) { scope in
      let arguments = arguments(scope)
      return [
        KernelCall(
          KernelName("ops/conv2d.cl", "conv2d_definition"), operands(scope), arguments,
          arguments.y.walk)
      ]
    }
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  private func direct(_ site: OperatorSite) -> Variant {
    product("direct", "ops/conv2d.cl", "conv2d_direct", site)
  }

  func isPointwise(_ site: OperatorSite) -> Bool {
    let none = Window.Pair(0, 0)
    return site.inputs[1][2] == 1 && site.inputs[1][3] == 1 && groups == 1
      && window.paddingBefore == none && window.paddingAfter == none
  }

  func pointwise(_ site: OperatorSite) -> Variant {
    product("pointwise", "ops/conv2d.cl", "conv2d_pointwise", site)
  }

  /// A variant that multiplies tiles of pixels with packed filters.
  private func product(
    _ name: String, _ file: String, _ function: String, _ site: OperatorSite
  ) -> Variant {
    let filters = InputForm.packed(.filterBlocks(groups: groups))
    var variant = Variant(
      name, algorithm: "direct", inputs: [.layout(.blocked), filters, .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let y = scope.output.shape
      let kernel = KernelName(file, function, defines: scope.tile.sizes)
      let size = scope.tile.groups(pixels: y[0] * y[2] * y[3], filters: y[1])
      return [KernelCall(kernel, operands(scope), arguments(scope), size)]
    }
    let y = site.output
    variant.tiles = Tile.products(
      pixels: y[0] * y[2] * y[3], filters: y[1], isSingle: groups > 1, site.traits)
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  /// Image, filters, bias, residual, gate and output.
  func operands(_ scope: LaunchScope) -> [Operand] {
    [
      .input(0), .input(1), scope.inputs.count == 3 ? .input(2) : .input(1), .residual, .gate,
      .output,
    ]
  }

  /// The geometry of a launch.
  func arguments(_ scope: LaunchScope) -> Conv2DArguments {
    let w = scope.inputs[1].shape
    return Conv2DArguments(
      x: scope.inputs[0].argument, y: scope.output.argument,
      residual: (scope.residual ?? scope.output).argument,
      gate: (scope.gate ?? scope.output).argument, filters: Int32(w[0] / groups),
      channels: Int32(w[1]), kernelHeight: Int32(w[2]), kernelWidth: Int32(w[3]),
      strideY: Int32(window.stride.height), strideX: Int32(window.stride.width),
      dilationY: Int32(window.dilation.height), dilationX: Int32(window.dilation.width),
      padY: Int32(window.paddingBefore.height), padX: Int32(window.paddingBefore.width),
      packedBlocks: Int32(ParameterForm.packedBlocks(of: w, groups: groups)),
      hasBias: scope.inputs.count == 3 ? 1 : 0,
      end: EpilogueArgument(scope))
  }
}
