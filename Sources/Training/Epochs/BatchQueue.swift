import Jobs

/// Batches in their order; while one is used, the next is read.
struct BatchQueue: ~Copyable {
  private let reader: BatchReader
  private let epoch: Int
  private var rest: ArraySlice<[Int]>
  private var reading: Task<Result<Batch, Failure>, Never>?

  /// The batches of some pictures.
  /// - Parameters:
  ///   - reader: reads them.
  ///   - batches: the places of each batch.
  ///   - epoch: decides about augmentation alone.
  init(_ reader: BatchReader, _ batches: some Sequence<[Int]>, epoch: Int = 0) {
    self.reader = reader
    self.epoch = epoch
    rest = ArraySlice(batches)
    read()
  }

  deinit { reading?.cancel() }

  /// The next batch; nil behind the last.
  /// - Throws: `Failure` where memory runs out.
  mutating func next() async throws(Failure) -> Batch? {
    guard let result = await reading?.value else { return nil }
    read()
    return try result.get()
  }

  private mutating func read() {
    guard let places = rest.popFirst() else {
      reading = nil
      return
    }
    reading = Task { [reader, epoch] () async -> Result<Batch, Failure> in
      do throws(Failure) {
        return .success(try await reader.batch(places, epoch: epoch))
      } catch {
        return .failure(error)
      }
    }
  }
}
