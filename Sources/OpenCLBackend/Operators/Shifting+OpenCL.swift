import Operators
import Tensors

/// The C structs `concat_arguments` of `ops/concat.cl` and `shifting_arguments` of
/// `common/shifting.clh`.
struct ShiftingArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var offset: OffsetArgument
}

extension Concat: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/concat.cl", "concat")
    let rank = site.output.rank
    return [
      Variant("definition", inputs: site.inputs.map { _ in .any }) { scope in
        var start = 0
        return scope.inputs.enumerated().map { place, x in
          let arguments = ShiftingArguments(
            x: x.argument(cutAt: axis), y: scope.output.argument(cutAt: axis),
            offset: OffsetArgument(start, along: axis, rank: rank))
          start += x.shape[axis]
          return KernelCall(kernel, [.input(place), .output], arguments, arguments.x.walk)
        }
      }
    ]
  }
}

extension OpenCLOperator {
  /// The one variant of an operator that reads x at an offset along an axis.
  func shiftingVariants(_ site: OperatorSite, axis: Int, offset: Int) -> [Variant] {
    let kernel = KernelName("ops/\(Self.name).cl", Self.name)
    let offset = OffsetArgument(offset, along: axis, rank: site.output.rank)
    return [
      Variant("definition", inputs: [.any]) { scope in
        let arguments = ShiftingArguments(
          x: scope.inputs[0].argument(cutAt: axis), y: scope.output.argument(cutAt: axis),
          offset: offset)
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension Slice: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    shiftingVariants(site, axis: axis, offset: range.lowerBound)
  }
}

extension Pad: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    shiftingVariants(site, axis: axis, offset: -before)
  }
}
