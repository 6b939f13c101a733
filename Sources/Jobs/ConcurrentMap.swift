/// The pixels that are decoded at the same time at most, unless one picture alone has more.
///
/// Decoding takes up to 6 bytes a pixel; eight pictures of 88 megapixels at once took 3.8 GB.
package let pixelCountAtOnce = 100_000_000

/// Transforms elements, so many at the same time; the order stays.
/// - Parameters:
///   - elements: what is transformed.
///   - threads: the most that are under way at the same time.
///   - cost: the pixels that one decodes; those under way together stay below `pixelCountAtOnce`.
///   - transform: the transformation.
/// - Returns: what became of each, in order.
package func concurrentMap<Element: Sendable, Other: Sendable>(
  _ elements: [Element], threads: Int, cost: (Element) -> Int = { _ in 0 },
  _ transform: @escaping @Sendable (Element) async -> Other
) async -> [Other] {
  await withTaskGroup(of: (Int, Int, Other).self) { group in
    var results = [Other?](repeating: nil, count: elements.count)
    var (running, load) = (0, 0)
    for (place, element) in elements.enumerated() {
      let weight = min(max(0, cost(element)), pixelCountAtOnce)
      while running > 0, running >= threads || load + weight > pixelCountAtOnce,
        let (done, relief, value) = await group.next()
      {
        results[done] = value
        running -= 1
        load -= relief
      }
      group.addTask { (place, weight, await transform(element)) }
      running += 1
      load += weight
    }
    for await (place, _, value) in group { results[place] = value }
    return results.compactMap { $0 }
  }
}
