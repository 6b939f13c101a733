import Operators
import Tensors

/// The C struct `resize_bilinear_gradient_arguments` of `ops/resize_bilinear_gradient.cl`.
struct ResizeBilinearGradientArguments: BitwiseCopyable {
  var dy: TensorArgument
  var dx: TensorArgument
}

extension ResizeBilinear: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let x = site.inputs[0]
    let tables = [
      table(from: x[2], to: height).flatMap(\.floats),
      table(from: x[3], to: width).flatMap(\.floats),
    ]
    func variant(
      _ name: String, _ kernel: String, _ form: InputForm,
      _ size: @escaping @Sendable (LaunchScope) -> WorkItems
    ) -> Variant {
      var variant = Variant(
        name, algorithm: "definition", inputs: [form], output: form == .any ? nil : .plain
      ) { scope in
        let arguments = CopyArguments(x: scope.inputs[0].argument, y: scope.output.argument)
        return [
          KernelCall(
            KernelName("ops/resize_bilinear.cl", kernel),
            [.input(0), .output, .table(0), .table(1)], arguments, size(scope))
        ]
      }
      variant.tables = tables
      return variant
    }
    var ladder = [variant("definition", "resize_bilinear", .any) { $0.output.argument.walk }]
    if site.hasPixelRows {
      ladder.append(
        variant("rows", "resize_bilinear_rows", .layout(.plain)) { $0.output.argument.pixelRows })
    }
    return ladder
      + quads(site, tables: tables) {
        CopyArguments(x: $0.inputs[0].argument, y: $0.output.argument)
      }
  }

  /// Where one place of the output lies along an axis of the input.
  struct Source {
    var first: Int
    var second: Int
    var weight: Double

    /// Three numbers of a table, as `common/resizing.clh` reads them.
    var floats: [Float] { [Float(first), Float(second), Float(weight)] }
  }

  /// For each of `n` places of the output, the two of `m` places of the input that it lies between.
  func table(from m: Int, to n: Int) -> [Source] {
    (0..<n).map { place in
      var source = max((Double(place) + 0.5) * (Double(m) / Double(n)) - 0.5, 0)
      if alignsCorners {
        source = n == 1 ? 0 : Double(place) * Double(m - 1) / Double(n - 1)
      }
      let first = min(Int(source), m - 1)
      return Source(
        first: first, second: min(first + 1, m - 1), weight: source - Double(first))
    }
  }

  /// For each of `m` places of the input, the first and the last of `n` places of the output that
  /// take from it; the last lies before the first where there is none.
  func ranges(from m: Int, to n: Int) -> [Float] {
    var first = [Int](repeating: n, count: m)
    var last = [Int](repeating: -1, count: m)
    for (place, source) in table(from: m, to: n).enumerated() {
      for cell in [source.first, source.second] {
        first[cell] = min(first[cell], place)
        last[cell] = max(last[cell], place)
      }
    }
    return zip(first, last).flatMap { [Float($0), Float($1)] }
  }
}

extension ResizeBilinearGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/resize_bilinear_gradient.cl", "resize_bilinear_gradient")
    var variant = Variant("definition", inputs: [.any]) { scope in
      let arguments = ResizeBilinearGradientArguments(
        dy: scope.inputs[0].argument, dx: scope.output.argument)
      let tables = (0..<4).map(Operand.table)
      return [
        KernelCall(kernel, [.input(0), .output] + tables, arguments, arguments.dx.walk)
      ]
    }
    variant.tables = [
      resize.table(from: inputHeight, to: resize.height).flatMap(\.floats),
      resize.table(from: inputWidth, to: resize.width).flatMap(\.floats),
      resize.ranges(from: inputHeight, to: resize.height),
      resize.ranges(from: inputWidth, to: resize.width),
    ]
    return [variant]
  }
}
