import Operators
import Tensors

/// The C structs `softmax_arguments` and `min_max_arguments`.
struct ScaledLinesArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var s: TensorArgument
  var span: LineArgument
}

extension OpenCLOperator {
  /// The variant of an operator that scales each line by two numbers found in it.
  ///
  /// Kernel `NAME_statistics` writes them into working memory, kernel `NAME` uses them.
  func scaledLinesVariants(_ site: OperatorSite, axes: [Int]) -> [Variant] {
    guard let lines = Lines(site.output, along: axes, merges: true) else { return [] }
    let path = "ops/\(Self.name).cl"
    var variant = Variant("definition", inputs: [.any]) { scope in
      let (x, y) = (scope.inputs[0], scope.output)
      let lines = Lines(x.shape, along: axes, in: [x, y])
      let arguments = ScaledLinesArguments(
        x: lines.whole(x), y: lines.whole(y), s: lines.scratch, span: lines.span)
      return [
        KernelCall(
          KernelName(path, "\(Self.name)_statistics"), [.input(0), .scratch(0), .scratch(1)],
          arguments, arguments.s.walk),
        KernelCall(
          KernelName(path, Self.name), [.input(0), .scratch(0), .scratch(1), .output], arguments,
          arguments.y.walk),
      ]
    }
    variant.scratch = [lines.lineCount, lines.lineCount]
    return [variant]
  }
}

extension Softmax: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    scaledLinesVariants(site, axes: [axis])
  }
}

extension LogSoftmax: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    scaledLinesVariants(site, axes: [axis])
  }
}

extension MinMax: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    scaledLinesVariants(site, axes: [2, 3])
  }
}
