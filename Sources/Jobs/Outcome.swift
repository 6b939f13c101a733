import Tensors

/// What became of one image.
struct Outcome: Sendable {
  /// A map on the way to the disk.
  struct Map: Sendable {
    let record: ExplanationRecord
    /// `[H, W]` or `[3, H, W]`.
    let map: HostTensor<Float>?
    /// The same before normalisation, or before colours are reduced.
    let raw: HostTensor<Float>?

    /// What overlay, report and sheet are drawn from.
    var working: HostTensor<Float>? { record.method.explainer.isDrawnAtOnce ? raw ?? map : map }
  }

  let input: Input
  /// What was read; nil where nothing was.
  var image: PreparedImage?
  /// The maps that were made, also where one that was asked for could not be.
  var maps: [Map] = []
  /// Why not all maps were made.
  var failure: Failure?
  /// Whether the image could not even be read.
  var isUnusable = false

  /// The lines of `results.jsonl`.
  var lines: [String] {
    maps.map(\.record.json.description)
      + (failure.map { [$0.record(of: input).description] } ?? [])
  }
}
