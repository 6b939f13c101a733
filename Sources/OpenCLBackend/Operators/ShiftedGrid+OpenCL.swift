import Operators
import Tensors

/// The C struct `random_grid_arguments` of `ops/random_grid.cl`.
struct RandomGridArguments: BitwiseCopyable {
  var seedLow: UInt32
  var seedHigh: UInt32
  var stream: UInt32 = 0
  var rows: Int32
  var cells: Int32
  var cellHeight: Int32
  var cellWidth: Int32
  var keep: Float
}

extension RandomGrid: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/random_grid.cl", "random_grid")
    return [
      Variant("definition", inputs: [.layout(.plain)], output: .plain) { scope in
        let arguments = RandomGridArguments(
          seedLow: UInt32(truncatingIfNeeded: seed), seedHigh: UInt32(seed >> 32),
          rows: Int32(scope.output.shape[0]), cells: Int32(cells), cellHeight: Int32(cellHeight),
          cellWidth: Int32(cellWidth), keep: keep)
        let items = WorkItems.items(scope.output.shape.elementCount)
        return [KernelCall(kernel, [.input(0), .output], arguments, items)]
      }
    ]
  }
}

/// The C struct `shifted_grid_arguments` of `ops/shifted_grid.cl`.
struct ShiftedGridArguments: BitwiseCopyable {
  var y: TensorArgument
  var cells: Int32
  var cellHeight: Int32
  var cellWidth: Int32
}

extension ShiftedGrid: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/shifted_grid.cl", "shifted_grid")
    var variant = Variant("definition", inputs: [.layout(.plain)]) { scope in
      let arguments = ShiftedGridArguments(
        y: scope.output.argument, cells: Int32(cells), cellHeight: Int32(cell(height)),
        cellWidth: Int32(cell(width)))
      return [
        KernelCall(
          kernel, [.input(0), .output, .table(0), .table(1)], arguments, arguments.y.walk)
      ]
    }
    variant.tables = [height, width].map { extent in
      table(extent).flatMap { [Float($0.first), Float($0.second), Float($0.weight)] }
    }
    return [variant]
  }
}
