import Evaluation
import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors

/// A session of a small network on the reference engine.
///
/// The body makes the logits `[1, K]` of an image `[1, C, H, W]`.
func session(
  _ images: HostTensor<Float>, _ options: SessionOptions = SessionOptions(),
  network: (inout GraphBuilder, Value) throws -> Value
) async throws -> Session {
  var builder = GraphBuilder()
  let image = builder.input("x", images.shape.withRows(1))
  let logits = try network(&builder, image)
  let graph = try builder.finish(outputs: [logits])
  let backend = ReferenceBackend()
  return try Session(
    network: graph, parameters: try await backend.upload([:]),
    images: try await backend.upload(images), backend: backend, options: options)
}

/// A session of a network that weighs each value of the image: logits Σ w[k]·x.
///
/// Weights are `[K, C·H·W]`.
func linearSession(
  _ images: HostTensor<Float>, weights: HostTensor<Float>,
  _ options: SessionOptions = SessionOptions()
) async throws -> Session {
  try await session(images, options) { builder, image in
    let count = images.shape.row.elementCount
    let flat = try builder.add(Reshape([1, count]), [image])
    return try builder.add(Linear(), [flat, builder.constant(weights)])
  }
}

/// A target of a class.
func target(_ index: Int, image: Int = 0) -> Target {
  Target(image: image, choice: .outputs([.init(index: index)]))
}

/// Subjects with maps made by hand, `[T, 1, H, W]`.
func subjects(
  _ maps: HostTensor<Float>, _ targets: [Target], maker: Maker? = nil
) async throws -> Subjects {
  Subjects(targets: targets, maps: try await ReferenceBackend().upload(maps), maker: maker)
}

/// How far a number is from the truth; infinity where there is none, or it is not finite.
///
/// `max` of NaN and anything may be either: what is compared by it must not be NaN.
func difference(_ found: Double?, _ truth: Double) -> Double {
  guard let found, found.isFinite, truth.isFinite else { return .infinity }
  return abs(found - truth)
}
