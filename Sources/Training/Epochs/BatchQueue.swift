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
  private var ahead: Task<Result<Loaded, Failure>, Never>?

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
    loadAhead()
  }

  deinit { ahead?.cancel() }

  /// The next batch; nil behind the last.
  /// - Throws: `Failure` where memory runs out or the device fails.
  mutating func next() async throws(Failure) -> Loaded? {
    guard let places = rest.first, let ahead else { return nil }
    var result = await ahead.value
    if case .failure(let failure) = result, failure.kind == .temporary {
      // Beside a step there was no room for it; now there is no step.
      result = await Self.loaded(places, reader, epoch, backend)
    }
    let batch = try result.get()
    rest.removeFirst()
    loadAhead()
    return batch
  }

  /// Suspends until the next batch lies there, or is known to have no room.
  func settle() async { _ = await ahead?.value }

  private mutating func loadAhead() {
    ahead = rest.first.map { places in
      Task { [reader, epoch, backend] in await Self.loaded(places, reader, epoch, backend) }
    }
  }

  private static func loaded(
    _ places: [[Int]], _ reader: BatchReader, _ epoch: Int, _ backend: any Backend
  ) async -> Result<Loaded, Failure> {
    do throws(Failure) {
      // All at once: small parts would leave threads without a picture.
      let batch = try await reader.batch(places.flatMap(\.self), epoch: epoch)
      var parts: [Part] = []
      for part in batch.split(places) {
        // Nobody will use it, and the process may be about to end.
        if Task.isCancelled { throw Failure(.interrupted, "", "interrupted") }
        parts.append(try await Self.part(part, on: backend))
      }
      return .success(Loaded(parts: parts, failures: batch.failures))
    } catch {
      return .failure(error)
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
