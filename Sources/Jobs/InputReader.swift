import Tensors

/// Reads the images of a batch, several at a time.
struct InputReader: Sendable {
  /// An image, or why it could not be read.
  typealias Reading = (input: Input, image: Result<HostTensor<Float>, Failure>)

  /// `[C, H, W]` that the network takes.
  let shape: Shape
  let threads: Int

  /// Reads images; the order stays.
  func read(_ inputs: [Input]) async -> [Reading] {
    await concurrentMap(inputs, threads: threads) { input in
      do throws(Failure) {
        return (input, .success(try read(input)))
      } catch {
        return (input, .failure(error.kind == .ours ? error : error.at(place(of: input))))
      }
    }
  }

  private func place(of input: Input) -> String { input.source }

  private func read(_ input: Input) throws(Failure) -> HostTensor<Float> {
    let file = try input.file.get()
    guard file.imageShape == shape else {
      let isSquare = shape.rank == 3 && file.imageShape[0] == shape[0]
      throw Failure(
        .content, input.source, "an image of \(file.imageShape), where the network takes \(shape)",
        try: isSquare ? "resize it, or give --size where the network takes any" : nil)
    }
    return try file.image(row: input.row ?? 0)
  }
}

/// Transforms elements, so many at the same time; the order stays.
func concurrentMap<Element: Sendable, Other: Sendable>(
  _ elements: [Element], threads: Int, _ transform: @escaping @Sendable (Element) async -> Other
) async -> [Other] {
  await withTaskGroup(of: (Int, Other).self) { group in
    var results = [Other?](repeating: nil, count: elements.count)
    var started = 0
    while started < elements.count {
      if started >= threads, let (place, value) = await group.next() { results[place] = value }
      let place = started
      group.addTask { (place, await transform(elements[place])) }
      started += 1
    }
    for await (place, value) in group { results[place] = value }
    return results.compactMap { $0 }
  }
}
