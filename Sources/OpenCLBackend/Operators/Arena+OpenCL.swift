import Operators
import Tensors

/// The C struct `arena_arguments` of `ops/arena.cl`.
struct ArenaArguments: BitwiseCopyable {
  var x: TensorArgument
  var offset: Int32
  var count: Int32
}

extension Arena: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/arena.cl", "arena")
    let offsets = Self.offsets(of: site.inputs)
    return [
      Variant("definition", inputs: site.inputs.map { _ in .any }, output: .plain) { scope in
        scope.inputs.enumerated().map { place, x in
          let count = offsets[place + 1] - offsets[place]
          let arguments = ArenaArguments(
            x: x.argumentOrRow, offset: Int32(offsets[place]), count: Int32(count))
          return KernelCall(kernel, [.input(place), .output], arguments, .items(count))
        }
      }
    ]
  }
}
