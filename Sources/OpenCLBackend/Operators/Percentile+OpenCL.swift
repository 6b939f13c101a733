import Operators
import Tensors

/// The C struct `percentile_arguments` of `ops/percentile.cl`.
struct PercentileArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var span: LineArgument
  var lower: Int32
  var fraction: Float
}

/// The C struct `percentile_gradient_arguments` of `ops/percentile_gradient.cl`.
struct PercentileGradientArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var dx: TensorArgument
  var span: LineArgument
  var lower: Int32
  var fraction: Float
}

extension Percentile: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    guard Lines(site.inputs[0], along: axes, merges: true) != nil else { return [] }
    let kernel = KernelName("ops/percentile.cl", "percentile")
    return [
      Variant("definition", inputs: [.any]) { scope in
        let (x, y) = (scope.inputs[0], scope.output)
        let lines = Lines(x.shape, along: axes, in: [x, y])
        let ranks = ranks(lines.count)
        let arguments = PercentileArguments(
          x: lines.whole(x), y: lines.reduced(y), span: lines.span, lower: Int32(ranks.low),
          fraction: Float(ranks.fraction))
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension PercentileGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    guard Lines(site.output, along: percentile.axes, merges: true) != nil else { return [] }
    let kernel = KernelName("ops/percentile_gradient.cl", "percentile_gradient")
    return [
      Variant("definition", inputs: [.any, .any]) { scope in
        let (x, dy, dx) = (scope.inputs[0], scope.inputs[1], scope.output)
        let lines = Lines(x.shape, along: percentile.axes, in: [x, dy, dx])
        let ranks = percentile.ranks(lines.count)
        let arguments = PercentileGradientArguments(
          x: lines.whole(x), dy: lines.reduced(dy), dx: lines.whole(dx), span: lines.span,
          lower: Int32(ranks.low), fraction: Float(ranks.fraction))
        return [
          KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.dy.walk)
        ]
      }
    ]
  }
}
