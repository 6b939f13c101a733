import Execution
import Graphs
import Imaging
import Jobs
import Tensors

extension TrainingJob {
  /// A picture that a network will learn from.
  public struct Preview: Sendable {
    /// The part that is taken of it.
    public let read: Picture
    /// What augmentation makes of that.
    public let seen: Picture
    /// Whether the augmentation was to change it.
    public let isChosen: Bool
  }

  /// The first pictures of the first epoch, by the weights that the run begins with.
  /// - Parameter count: how many; fewer where the epoch has fewer.
  /// - Returns: the pictures in the order of the steps, and why others are missing.
  /// - Throws: `Failure` where the device fails, or the images are no pictures.
  public func preview(
    _ count: Int
  ) async throws(Failure) -> (pictures: [Preview], failures: [Failure]) {
    let change = try await onDevice { () async throws(TrainingError) in
      let parameters = try await engine { () async throws(BackendError) in
        try await backend.upload(model.weights)
      }
      return try await augmentation?(parameters, backend)
    }
    let parts = order.batches(epoch: 0).flatMap { Self.parts(of: $0, count: partCount) }
    var queue = BatchQueue(reader(in: 0), parts.map { [$0] }, on: backend)
    var (previews, failures, number) = ([Preview](), training.set.unreadable, 0)
    while previews.count < count, let batch = try await queue.next() {
      number += 1
      failures += batch.failures
      guard let images = batch.parts[0].images else { continue }
      let (labels, samples) = (batch.parts[0].labels, batch.parts[0].samples)
      let place = place(of: samples, epoch: 0, batch: (number - 1) / partCount)
      let (read, seen) = try await onDevice { () async throws(TrainingError) in
        let changed = try await change?.augmented(images, labels: labels, at: place)
        return try await engine { () async throws(BackendError) in
          (try await images.download(), try await (changed ?? images).download())
        }
      }
      let rows = Set(change?.rows(at: place) ?? [])
      for row in labels.indices.prefix(count - previews.count) {
        previews.append(
          Preview(
            read: try picture(row, of: read), seen: try picture(row, of: seen),
            isChosen: rows.contains(row)))
      }
    }
    return (previews, failures)
  }

  private func picture(
    _ row: Int, of images: HostTensor<Float>
  ) throws(Failure) -> Picture {
    do throws(ImagingError) {
      return try model.preset.picture(of: images.rows(row..<row + 1).reshaped(images.shape.row))
    } catch {
      throw Failure(error, at: "--preview")
    }
  }

  private func onDevice<Value>(
    _ body: () async throws(TrainingError) -> Value
  ) async throws(Failure) -> Value {
    do throws(TrainingError) {
      return try await body()
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
  }
}
