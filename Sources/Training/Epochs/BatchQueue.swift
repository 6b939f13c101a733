import Execution
import Jobs

/// Batches on the device in their order; while one is used, the next is read and put there.
struct BatchQueue: ~Copyable {
  /// Pictures on the device that go through a network together.
  struct Part: Sendable {
    /// `[N, C, H, W]`, normalised; nil where none of the pictures could be read.
    let images: (any ResidentTensor)?
    /// The class of each row.
    let labels: [Int]
    /// The place in the set of each row.
    let samples: [Int]
  }

  /// A batch in its parts.
  struct Loaded: Sendable {
    /// As many as were asked for.
    let parts: [Part]
    /// Why pictures are missing, one each.
    let failures: [Failure]
  }

  private let reader: BatchReader
  private let epoch: Int
  private let backend: any Backend
  private var rest: ArraySlice<[[Int]]>
  private var loading: Task<Result<Loaded, Failure>, Never>?

  /// The batches of some pictures.
  /// - Parameters:
  ///   - reader: reads them.
  ///   - batches: the places of each part of each batch.
  ///   - epoch: decides about augmentation alone.
  ///   - backend: where they are put.
  init(
    _ reader: BatchReader, _ batches: some Sequence<[[Int]]>, epoch: Int = 0,
    on backend: any Backend
  ) {
    self.reader = reader
    self.epoch = epoch
    self.backend = backend
    rest = ArraySlice(batches)
    load()
  }

  deinit { loading?.cancel() }

  /// The next batch; nil behind the last.
  /// - Throws: `Failure` where memory runs out or the device fails.
  mutating func next() async throws(Failure) -> Loaded? {
    guard let result = await loading?.value else { return nil }
    load()
    return try result.get()
  }

  private mutating func load() {
    guard let places = rest.popFirst() else {
      loading = nil
      return
    }
    loading = Task { [reader, epoch, backend] () async -> Result<Loaded, Failure> in
      do throws(Failure) {
        let batch = try await reader.batch(places.flatMap(\.self), epoch: epoch)
        var parts: [Part] = []
        for part in batch.split(places) { parts.append(try await Self.part(part, on: backend)) }
        return .success(Loaded(parts: parts, failures: batch.failures))
      } catch {
        return .failure(error)
      }
    }
  }

  private static func part(
    _ batch: Batch, on backend: any Backend
  ) async throws(Failure) -> Part {
    do throws(BackendError) {
      let images =
        batch.images.isEmpty ? nil : try await backend.upload(stacking: batch.images)
      return Part(images: images, labels: batch.labels, samples: batch.samples)
    } catch {
      throw Failure(.backend(error), trainedOn: backend.name)
    }
  }
}
