import Operators
import Tensors

/// The C struct `gathering_arguments` of `common/gathering.clh`.
struct GatheringArguments: BitwiseCopyable {
  /// The most axes that an index can name.
  static let axes = 8

  var count: Int32
  var depth: Int32
  var rest: Int32
  var places: Int32
  var extents: InlineArray<8, Int32>

  /// The places of a table that an index names.
  init(table: Shape, index: Shape) {
    let depth = index[index.rank - 1]
    count = Int32(index.elementCount / depth)
    self.depth = Int32(depth)
    rest = Int32(table.extents[depth...].reduce(1, *))
    places = Int32(table.extents[..<depth].reduce(1, *))
    extents = InlineArray { $0 < depth ? Int32(table[$0]) : 1 }
  }
}

extension Gather: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let (table, index) = (site.inputs[0], site.inputs[1])
    guard index[index.rank - 1] <= GatheringArguments.axes else { return [] }
    let isOfRows = table.rank == 4 && index.rank == 2 && index[1] == 1
    guard isOfRows else { return [definition] }
    return [definition, rows] + (site.hasPixelRows ? [lines] : [])
  }

  private var definition: Variant {
    let kernel = KernelName("ops/gather.cl", "gather")
    return Variant(
      "definition", inputs: [.layout(.plain), .layout(.plain)], output: .plain
    ) { scope in
      let arguments = GatheringArguments(
        table: scope.inputs[0].shape, index: scope.inputs[1].shape)
      let elements = scope.output.shape.elementCount
      return [
        KernelCall(kernel, [.input(0), .input(1), .output], arguments, .items(elements))
      ]
    }
  }

  /// Whole rows of images, in any layout.
  private var rows: Variant {
    let kernel = KernelName("ops/gather.cl", "gather_rows")
    return Variant("rows", inputs: [.any, .layout(.plain)]) { scope in
      let arguments = CopyArguments(x: scope.inputs[0].argument, y: scope.output.argument)
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.walk)]
    }
  }

  /// Whole rows of plain images.
  private var lines: Variant {
    let kernel = KernelName("ops/gather.cl", "gather_lines")
    let plain = InputForm.layout(.plain)
    return Variant("lines", inputs: [plain, plain], output: .plain) { scope in
      let arguments = CopyArguments(x: scope.inputs[0].flattened, y: scope.output.flattened)
      return [
        KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.spans)
      ]
    }
  }
}

extension ScatterAdd: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/scatter_add.cl", "scatter_add")
    let index = site.inputs[1]
    guard index[index.rank - 1] <= GatheringArguments.axes else { return [] }
    return [
      Variant(
        "definition", inputs: [.layout(.plain), .layout(.plain), .any], output: .plain
      ) { scope in
        let arguments = GatheringArguments(
          table: scope.output.shape, index: scope.inputs[1].shape)
        let elements = scope.output.shape.elementCount
        return [
          KernelCall(kernel, [.input(0), .input(1), .output], arguments, .items(elements))
        ]
      }
    ]
  }
}
