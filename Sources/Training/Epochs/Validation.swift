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

  /// A validation.
  /// - Parameters:
  ///   - reader: the pictures, as the preset has them.
  ///   - network: the form of inference; the first output are the logits.
  ///   - parameters: its weights, as they are whenever it is judged.
  ///   - batchSize: the images at a time.
  ///   - backend: the engine of both.
  /// - Throws: `BackendError` where the network does not fit the device.
  init(
    _ reader: BatchReader, _ network: Graph, _ parameters: any ResidentParameters,
    batchSize: Int, on backend: any Backend
  ) async throws(BackendError) {
    self.reader = reader
    self.parameters = parameters
    self.backend = backend
    let count = reader.set.samples.count
    batches = BatchOrder(sampleCount: count, batchSize: batchSize, seed: 0).batches(epoch: nil)
    executable = try await backend.compile(
      network, CompileOptions(capacity: min(batchSize, max(count, 1))))
  }

  /// Judges the network as it is now.
  /// - Returns: its score, and why pictures are missing.
  /// - Throws: `Failure` where the device fails, or no picture can be read.
  func score() async throws(Failure) -> (score: Score, failures: [Failure]) {
    var (score, failures) = (Score(), [Failure]())
    var queue = BatchQueue(reader, batches)
    while let batch = try await queue.next() {
      failures += batch.failures
      guard !batch.labels.isEmpty else { continue }
      do throws(BackendError) {
        let images = try await backend.upload(batch.images)
        let outputs = try await executable.run([images], parameters)
        score.add(try await outputs[0].download(), labels: batch.labels)
      } catch {
        throw Failure(.backend(error), trainedOn: backend.name)
      }
    }
    guard score.count > 0 else { throw Failure.noPicture(of: reader.set) }
    return (score, failures)
  }
}
