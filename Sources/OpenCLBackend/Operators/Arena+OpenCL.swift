import Operators
import Tensors

/// The C struct `arena_arguments` of `ops/arena.cl`.
struct ArenaArguments: BitwiseCopyable {
  var x: TensorArgument
  var offset: Int32
  var count: Int32
}

/// The C struct `arena_copies_arguments` of `ops/arena.cl`.
private struct ArenaCopiesArguments: BitwiseCopyable {
  var count = InlineArray<8, Int32>(repeating: 0)
  var offset = InlineArray<8, Int32>(repeating: 0)
  var room = InlineArray<8, Int32>(repeating: 0)
}

extension Arena: OpenCLOperator {
  /// The plain tensors that a launch takes; `COPIES` of `ops/arena.cl`.
  private static let launchCount = 8

  package func variants(at site: OperatorSite) -> [Variant] {
    let offsets = Self.offsets(of: site.inputs)
    let inputs = site.inputs.map { _ in InputForm.any }
    let definition = Variant("definition", inputs: inputs, output: .plain) { scope in
      scope.inputs.indices.map { place in
        let arguments = Self.arguments(scope.inputs[place], offsets, place)
        return KernelCall(
          KernelName("ops/arena.cl", "arena"), [.input(place), .output], arguments,
          .items(Int(arguments.count)))
      }
    }
    guard site.traits.family == .cpu else { return [definition] }
    let runs = Variant("runs", algorithm: "definition", inputs: inputs, output: .plain) { scope in
      let isPlain = { scope.inputs[$0].layout == .plain }
      let blocked = scope.inputs.indices.filter { !isPlain($0) }.map { place in
        let arguments = Self.arguments(scope.inputs[place], offsets, place)
        return KernelCall(
          KernelName("ops/arena.cl", "arena_blocks"), [.input(place), .output], arguments,
          .items(Int(arguments.x.rows) * Layout.blockCount(Int(arguments.x.channels))))
      }
      let plain = scope.inputs.indices.filter(isPlain)
      let copies = stride(from: 0, to: plain.count, by: Self.launchCount).map { start in
        Self.copy(plain[start..<min(start + Self.launchCount, plain.count)], offsets, scope)
      }
      return blocked + copies
    }
    return [definition, runs]
  }

  private static func arguments(
    _ input: PlacedTensor, _ offsets: [Int], _ place: Int
  ) -> ArenaArguments {
    ArenaArguments(
      x: input.argumentOrRow, offset: Int32(offsets[place]),
      count: Int32(offsets[place + 1] - offsets[place]))
  }

  /// One launch for some plain tensors.
  private static func copy(
    _ places: ArraySlice<Int>, _ offsets: [Int], _ scope: LaunchScope
  ) -> KernelCall {
    var arguments = ArenaCopiesArguments()
    var most = 0
    for (index, place) in places.enumerated() {
      let x = scope.inputs[place].argumentOrRow
      let row = x.channels * x.height * x.width
      arguments.count[index] = x.rows * row
      arguments.offset[index] = Int32(offsets[place])
      arguments.room[index] = Int32(offsets[place + 1] - offsets[place])
      most = max(most, offsets[place + 1] - offsets[place])
    }
    // A launch of fewer reads the first one's pointer in the other places, and nothing there.
    let inputs = (0..<launchCount).map { index in
      Operand.input(places[places.startIndex + (index < places.count ? index : 0)])
    }
    let span = 2048
    return KernelCall(
      KernelName("ops/arena.cl", "arena_copies"), inputs + [.output], arguments,
      .groupsOfOne([(most + span - 1) / span, places.count]))
  }
}
