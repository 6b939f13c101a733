import Operators
import Tensors

/// The C struct `blurring_arguments` of `common/blurring.clh`.
struct BlurringArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var size: Int32
  var isRows: Int32
}

extension OpenCLOperator {
  /// The one variant of a blur or its adjoint: along one axis into working memory, then along the
  /// other.
  func blurringVariants(
    _ site: OperatorSite, _ blur: GaussianBlur, startsWithRows: Bool
  ) -> [Variant] {
    let kernel = KernelName("ops/\(Self.name).cl", Self.name)
    var variant = Variant("definition", inputs: [.any]) { scope in
      let shape = scope.output.shape
      let middle = PlacedTensor(shape: shape, capacity: shape[0], layout: .plain).argument
      let first = BlurringArguments(
        x: scope.inputs[0].argument, y: middle, size: Int32(blur.size),
        isRows: startsWithRows ? 1 : 0)
      let second = BlurringArguments(
        x: middle, y: scope.output.argument, size: Int32(blur.size),
        isRows: startsWithRows ? 0 : 1)
      return [
        KernelCall(kernel, [.input(0), .scratch(0), .table(0)], first, first.y.walk),
        KernelCall(kernel, [.scratch(0), .output, .table(0)], second, second.y.walk),
      ]
    }
    variant.scratch = [site.output.elementCount]
    variant.tables = [blur.weights.map { Float($0) }]
    return [variant]
  }
}

extension GaussianBlur: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    blurringVariants(site, self, startsWithRows: true) + quads(site)
  }

  /// Both axes, 4 channels of a pixel an item; the working memory is blocked, as image and output.
  private func quads(_ site: OperatorSite) -> [Variant] {
    guard let kernel = quadKernel(site) else { return [] }
    let size = Int32(self.size)
    var variant = Variant(
      "quads", algorithm: "definition", inputs: [.layout(.blocked)], output: .blocked
    ) { scope in
      let shape = scope.output.shape
      let middle = PlacedTensor(shape: shape, capacity: shape[0], layout: .blocked).argument
      let first = BlurringArguments(
        x: scope.inputs[0].argument, y: middle, size: size, isRows: 1)
      let second = BlurringArguments(x: middle, y: scope.output.argument, size: size, isRows: 0)
      let items = WorkItems.quads(of: shape)
      return [
        KernelCall(kernel, [.input(0), .scratch(0), .table(0)], first, items),
        KernelCall(kernel, [.scratch(0), .output, .table(0)], second, items),
      ]
    }
    variant.scratch = [Layout.blocked.floatCount(of: site.output, capacity: site.output[0])]
    variant.tables = [weights.map { Float($0) }]
    return [variant]
  }
}

extension GaussianBlurGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    blurringVariants(site, blur, startsWithRows: false)
  }
}
