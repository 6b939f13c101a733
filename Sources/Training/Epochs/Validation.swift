import Execution
import Graphs
import Jobs
import Tensors

/// Judges a network by pictures that it does not learn from, in the form of inference.
struct Validation: Sendable {
  private let reader: BatchReader
  private let batches: [[Int]]
  private let executable: any Executable
  private let parameters: any ResidentParameters
  private let backend: any Backend
  private let ranks: Ranks

  /// A validation.
  /// - Parameters:
  ///   - reader: the pictures, as the preset has them.
  ///   - network: the form of inference; the first output are the logits.
  ///   - parameters: its weights, as they are whenever it is judged.
  ///   - batchSize: the images at a time.
  ///   - backend: the engine of both.
  ///   - ranks: those who share the pictures, batch by batch.
  /// - Throws: `BackendError` where the network does not fit the device.
  init(
    _ reader: BatchReader, _ network: Graph, _ parameters: any ResidentParameters,
    batchSize: Int, on backend: any Backend, with ranks: Ranks
  ) async throws(BackendError) {
    self.reader = reader
    self.ranks = ranks
    self.parameters = parameters
    self.backend = backend
    let count = reader.set.samples.count
    batches = BatchOrder(sampleCount: count, batchSize: batchSize, seed: 0).batches(epoch: nil)
    executable = try await backend.compile(
      network, CompileOptions(capacity: min(batchSize, max(count, 1))))
  }

  /// Judges the network as it is now.
  /// - Returns: the score of the pictures of all ranks, added up in the order of the set, and why
  ///   pictures are missing.
  /// - Throws: `Failure` where the device fails, or no picture can be read.
  func score() async throws(Failure) -> (score: Score, failures: [Failure]) {
    var (lines, failures) = ([[Double]](), [Failure]())
    var queue = ownBatches()
    while let batch = try await queue.next() {
      failures += batch.failures
      lines.append(Judgement.line(try await judged(batch.parts[0])))
    }
    let all = try await ranks.gathered(lines.flatMap(\.self))
    let score = Score(Judgement.inOrder(all, batchCount: batches.count))
    failures = try await ranks.gathered(failures)
    guard score.count > 0 else { throw Failure.noPicture(of: reader.set) }
    return (score, failures)
  }

  /// Judges the first batch while the second is put on the device, and tells nobody.
  func rehearse() async throws(Failure) {
    var queue = ownBatches()
    guard let batch = try await queue.next() else { return }
    await queue.settle()
    _ = try await judged(batch.parts[0])
  }

  /// Those of this rank.
  private func ownBatches() -> BatchQueue {
    let own = stride(from: ranks.rank, to: batches.count, by: ranks.count)
    return BatchQueue(reader, own.map { [batches[$0]] }, on: backend)
  }

  private func judged(_ batch: BatchQueue.Part) async throws(Failure) -> [Judgement] {
    guard let images = batch.images else { return [] }
    do throws(BackendError) {
      let outputs = try await executable.run([images], parameters)
      return Judgement.all(of: try await outputs[0].download(), labels: batch.labels)
    } catch {
      throw Failure(.backend(error), trainedOn: backend.name)
    }
  }
}
