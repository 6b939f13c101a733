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
    var ladder = [variant(site, "definition", .any, "concat") { $0.walk }]
    guard Layout.canonical(for: site.output) == .blocked, startsAtBlocks(site.inputs) else {
      return ladder
    }
    if site.hasLanes {
      ladder.append(variant(site, "lanes", .layout(.blocked), "concat_lanes") { $0.runs })
    }
    var view = ladder[ladder.count - 1]
    view.name = "view"
    view.inputs = site.inputs.map { _ in .layout(.blocked) }
    view.output = .blocked
    view.isView = true
    return ladder + [view]
  }

  /// Whether the inputs are put together along channels, all but the last of whole blocks.
  func startsAtBlocks(_ inputs: [Shape]) -> Bool {
    axis == 1 && inputs.dropLast().allSatisfy { $0[1] % Layout.lanes == 0 }
  }

  private func variant(
    _ site: OperatorSite, _ name: String, _ input: InputForm, _ function: String,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    let kernel = KernelName("ops/concat.cl", function)
    let rank = site.output.rank
    let inputs = site.inputs.map { _ in input }
    return Variant(
      name, algorithm: "definition", inputs: inputs, output: input == .any ? nil : .blocked
    ) { scope in
      var start = 0
      return scope.inputs.enumerated().map { place, x in
        let arguments = ShiftingArguments(
          x: x.argument(cutAt: axis), y: scope.output.argument(cutAt: axis),
          offset: OffsetArgument(start, along: axis, rank: rank))
        start += x.shape[axis]
        return KernelCall(kernel, [.input(place), .output], arguments, size(arguments.x))
      }
    }
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
