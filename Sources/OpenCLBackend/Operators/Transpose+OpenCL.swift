import Operators
import Tensors

/// The C struct `transpose_arguments` of `ops/transpose.cl`.
struct TransposeArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  /// Which axis of y runs along each axis of x.
  var axes: InlineArray<4, Int32>
}

/// The C struct `transpose_plain_arguments` of `ops/transpose.cl`.
struct TransposePlainArguments: BitwiseCopyable {
  var count: Int32
  var rank: Int32
  var extents: InlineArray<8, Int32>
  var strides: InlineArray<8, Int32>
}

extension Transpose: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    switch permutation.count {
    case 4: [anyLayout]
    case ...8: [plain]
    default: []
    }
  }

  private var anyLayout: Variant {
    let kernel = KernelName("ops/transpose.cl", "transpose")
    let places = permutation.indices.map { axis in permutation.firstIndex(of: axis) ?? axis }
    return Variant("definition", inputs: [.any]) { scope in
      let arguments = TransposeArguments(
        x: scope.inputs[0].argument, y: scope.output.argument,
        axes: InlineArray { Int32(places[$0]) })
      return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
    }
  }

  private var plain: Variant {
    let kernel = KernelName("ops/transpose.cl", "transpose_plain")
    let rank = permutation.count
    return Variant("definition", inputs: [.any]) { scope in
      let (x, y) = (scope.inputs[0].shape, scope.output.shape)
      let strides = x.strides
      let arguments = TransposePlainArguments(
        count: Int32(y.elementCount), rank: Int32(rank),
        extents: InlineArray { $0 < rank ? Int32(y[$0]) : 1 },
        strides: InlineArray { $0 < rank ? Int32(strides[permutation[$0]]) : 0 })
      return [KernelCall(kernel, [.input(0), .output], arguments, .items(y.elementCount))]
    }
  }
}
