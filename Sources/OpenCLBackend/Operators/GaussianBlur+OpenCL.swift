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
    blurringVariants(site, self, startsWithRows: true)
  }
}

extension GaussianBlurGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    blurringVariants(site, blur, startsWithRows: false)
  }
}
