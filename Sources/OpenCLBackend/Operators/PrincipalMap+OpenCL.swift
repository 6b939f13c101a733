import Operators
import Tensors

/// The C struct `principal_map_arguments` of `ops/principal_map.cl`.
struct PrincipalMapArguments: BitwiseCopyable {
  var a: TensorArgument
  var y: TensorArgument
  var rows: Int32
  var columns: Int32
  var hasChannelRows: Int32
  var rounds: Int32
}

extension PrincipalMap: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let definition = variant("definition", items: 1, site)
    return site.traits.family == .gpu
      ? [definition, variant("group", items: 64, site)] : [definition]
  }

  /// The iteration by so many work-items an image.
  private func variant(_ name: String, items: Int, _ site: OperatorSite) -> Variant {
    let file = "ops/principal_map.cl"
    let shape = site.inputs[0]
    let (rows, columns) = Self.extents(shape)
    let positions = shape[2] * shape[3]
    var variant = Variant(name, algorithm: "definition", inputs: [.any], output: .plain) { scope in
      let images = scope.inputs[0].shape[0]
      let arguments = PrincipalMapArguments(
        a: scope.inputs[0].argument, y: scope.output.argument, rows: Int32(rows),
        columns: Int32(columns), hasChannelRows: rows == positions ? 0 : 1,
        rounds: Int32(Self.mostRounds))
      return [
        KernelCall(
          KernelName(file, "principal_map_products"), [.input(0), .scratch(0)], arguments,
          .row(of: rows * rows, [images])),
        KernelCall(
          KernelName(file, Self.name), [.input(0), .scratch(0), .scratch(1), .output], arguments,
          .groups(images, of: items)),
      ]
    }
    // Two floats for each number in double precision.
    variant.scratch = [
      2 * shape[0] * rows * rows, 2 * shape[0] * (2 * rows + positions),
    ]
    return variant
  }
}
