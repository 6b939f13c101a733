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
    let offsets = Self.offsets(of: site.inputs)
    func variant(
      _ name: String,
      _ call: @escaping @Sendable (TensorArgument, Int) -> (function: String, items: Int)
    ) -> Variant {
      Variant(
        name, algorithm: "definition", inputs: site.inputs.map { _ in .any }, output: .plain
      ) { scope in
        scope.inputs.enumerated().map { place, input in
          let (x, count) = (input.argumentOrRow, offsets[place + 1] - offsets[place])
          let (function, items) = call(x, count)
          let arguments = ArenaArguments(
            x: x, offset: Int32(offsets[place]), count: Int32(count))
          return KernelCall(
            KernelName("ops/arena.cl", function), [.input(place), .output], arguments,
            .items(items))
        }
      }
    }
    return [
      variant("definition") { _, count in ("arena", count) },
      variant("runs") { x, count in
        x.blocked == 0
          ? ("arena_copy", count)
          : ("arena_blocks", Int(x.rows) * Layout.blockCount(Int(x.channels)))
      },
    ]
  }
}
