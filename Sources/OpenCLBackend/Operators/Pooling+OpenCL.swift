import Operators
import Tensors

/// The C struct `pooling_arguments` of `common/pooling.clh`.
struct PoolingArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var window: WindowArgument
  var countsPadding: Int32
}

/// The C struct `pooling_gradient_arguments` of `common/pooling.clh`.
struct PoolingGradientArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var dx: TensorArgument
  var window: WindowArgument
  var countsPadding: Int32
}

extension OpenCLOperator {
  /// The variants of a pooling.
  func poolingVariants(
    _ site: OperatorSite, _ window: WindowArgument, countsPadding: Bool
  ) -> [Variant] {
    let file = "ops/\(Self.name).cl"
    func variant(
      _ name: String, _ input: InputForm, _ kernel: KernelName,
      _ size: @escaping @Sendable (TensorArgument) -> WorkItems
    ) -> Variant {
      Variant(
        name, algorithm: "definition", inputs: [input], output: input == .any ? nil : .blocked
      ) { scope in
        let arguments = PoolingArguments(
          x: scope.inputs[0].argument, y: scope.output.argument, window: window,
          countsPadding: countsPadding ? 1 : 0)
        return [KernelCall(kernel, [.input(0), .output], arguments, size(arguments.y))]
      }
    }
    var ladder = [variant("definition", .any, KernelName(file, Self.name)) { $0.walk }]
    if site.hasLanes {
      let lanes = KernelName(file, "\(Self.name)_lanes")
      ladder.append(variant("lanes", .layout(.blocked), lanes) { $0.pixelRows })
    }
    return ladder
      + quads(site) { scope in
        PoolingArguments(
          x: scope.inputs[0].argument, y: scope.output.argument, window: window,
          countsPadding: countsPadding ? 1 : 0)
      }
  }

  /// The variants of the gradient of a pooling; the upstream gradient is the last input.
  func poolingGradientVariants(
    _ site: OperatorSite, _ window: WindowArgument, countsPadding: Bool,
    lanes size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> [Variant] {
    let last = site.inputs.count - 1
    func variant(
      _ name: String, _ form: InputForm, _ function: String,
      _ size: @escaping @Sendable (TensorArgument) -> WorkItems
    ) -> Variant {
      let kernel = KernelName("ops/\(Self.name).cl", function)
      return Variant(
        name, algorithm: "definition", inputs: site.inputs.map { _ in form },
        output: form == .any ? nil : .blocked
      ) { scope in
        let arguments = PoolingGradientArguments(
          x: scope.inputs[0].argument, dy: scope.inputs[last].argument, dx: scope.output.argument,
          window: window, countsPadding: countsPadding ? 1 : 0)
        let inputs = (0...last).map(Operand.input)
        return [KernelCall(kernel, inputs + [.output], arguments, size(arguments.dx))]
      }
    }
    let definition = variant("definition", .any, Self.name) { $0.walk }
    guard site.hasLanes else { return [definition] }
    return [definition, variant("lanes", .layout(.blocked), "\(Self.name)_lanes", size)]
  }
}

extension MaxPool: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    poolingVariants(site, WindowArgument(window, kernel: kernel), countsPadding: false)
  }
}

extension MaxPoolGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    poolingGradientVariants(
      site, WindowArgument(pool.window, kernel: pool.kernel), countsPadding: false
    ) { dx in .groupsOfOne([Int(dx.rows), Layout.blockCount(Int(dx.channels))]) }
  }
}

extension AveragePool: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    poolingVariants(site, WindowArgument(window, kernel: kernel), countsPadding: countsPadding)
  }
}

extension AveragePoolGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    poolingGradientVariants(
      site, WindowArgument(pool.window, kernel: pool.kernel), countsPadding: pool.countsPadding
    ) { $0.pixelRows }
  }
}
