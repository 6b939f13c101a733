import Execution
import Graphs
import Saliency
import Tensors

/// Sessions for batches of images of one size after the other; plans are shared from batch to batch.
actor SizedSessions {
  private let original: Engine
  /// The network for the images of now: another one where pictures keep their proportions.
  private(set) var engine: Engine
  private var session: Session?
  /// What ran in sessions for other sizes.
  private var before: SessionStatistics?

  init(_ engine: Engine) {
    original = engine
    self.engine = engine
  }

  /// What ran so far.
  var statistics: SessionStatistics? {
    get async {
      guard let now = await session?.statistics else { return before }
      return before.map { $0.adding(now) } ?? now
    }
  }

  /// Changes to the network for a size.
  /// - Throws: `Failure` where the network does not take it.
  func resize(to size: Shape) async throws(Failure) {
    guard size != engine.imageShape else { return }
    before = await statistics
    session = nil
    engine = original
    guard size != engine.imageShape, let resizing = engine.resizing else { return }
    let next = try await resizing(size[1], size[2])
    guard next.outputCount == engine.outputCount else {
      throw Failure(
        .content, "", "the network makes \(next.outputCount) outputs of \(size)",
        try: "choose a preset that crops or squashes")
    }
    engine = next
  }

  /// A session with these images of the size of now, `[C, H, W]` each.
  /// - Throws: `ExplanationError` where the engine fails.
  func session(for images: [HostTensor<Float>]) async throws(ExplanationError) -> Session {
    let resident: any ResidentTensor
    do throws(BackendError) {
      resident = try await engine.backend.upload(stacking: images)
    } catch {
      throw .backend(error)
    }
    // Only the latest is kept: a session holds its images and what was computed from them.
    let next: Session
    if let session {
      next = try session.with(images: resident)
    } else {
      next = try Session(
        network: engine.network, parameters: engine.parameters, images: resident,
        backend: engine.backend, options: engine.options)
    }
    session = next
    return next
  }
}

/// What becomes of batches in pieces and sizes, for whatever is done with one size.
extension SizedSessions {
  /// Works on images in pieces where memory is short.
  /// - Parameters:
  ///   - batch: the images.
  ///   - size: the most at once.
  ///   - work: what is done with a piece.
  /// - Returns: the outcomes in order, why the work cannot go on, and the images that fit at once.
  func inPieces<Element: Sendable, Outcome: Sendable>(
    _ batch: [Element], atMost size: Int,
    _ work: @Sendable ([Element]) async throws(Failure) -> [Outcome]
  ) async -> (outcomes: [Outcome], failure: Failure?, batchSize: Int) {
    var outcomes: [Outcome] = []
    var most = size
    var rest = batch[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(most))
      do throws(Failure) {
        guard !Task.isCancelled else { throw Failure(.interrupted, "", "interrupted") }
        outcomes += try await work(piece)
        rest = rest.dropFirst(piece.count)
      } catch  where error.isShortage && most > 1 {
        most = max(1, min(most, piece.count) / 2)
      } catch {
        return (outcomes, error, most)
      }
    }
    return (outcomes, nil, most)
  }
}
