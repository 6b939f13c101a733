import Saliency
import Tensors

/// One line of `results.jsonl`: what is known of one map of one image.
public struct ExplanationRecord: Sendable {
  /// The image.
  public let input: Input
  /// Width and height of the image, in pixels.
  public let size: (width: Int, height: Int)
  /// The method.
  public let method: MethodRequest
  /// The target.
  public let target: TargetRequest
  /// The value of the target: its class where it has one.
  public let resolved: (index: Int?, logit: Double?, probability: Double?)
  /// The most likely classes, at most five.
  public let prediction: [ClassScore]
  /// The names of the classes.
  public let labels: Labels?
  /// The tapped layer.
  public let layer: LayerRequest
  /// Whether the map is kept in a file.
  public let isMapKept: Bool
  /// What the method says of the map.
  public let summary: MapSummary
  /// Remarks, one line each.
  public let notes: [String]
  /// The passes that this map needs alone.
  public let passes: Passes
  /// The time it took, its share of what was computed together.
  public let milliseconds: Double

  /// Why the map is empty and what to try; nil where it is not.
  public var reason: String? { summary.reason.map(layer.named) }

  /// Where the map is or would be, relative to the folder of the run.
  public var mapPath: String {
    let parts = [input.name, method.name, target.name, layer.fileName].compactMap { $0 }
    return "maps/\(parts.joined(separator: ".")).npy"
  }

  /// The version of the records.
  public static let schema = 1

  /// The label of the class, where there are labels.
  public var label: String? { resolved.index.flatMap { labels?[$0] } }

  /// The record.
  public var json: JSONValue {
    [
      "schema": .integer(Self.schema),
      "image": .string(input.name),
      "source": .string(input.source),
      "size": [.integer(size.width), .integer(size.height)],
      "region": [.integer(0), .integer(0), .integer(size.width), .integer(size.height)],
      "method": .string(method.name),
      "variant": .text(method.variant),
      "settings": method.settings,
      "target": [
        "text": .string(target.text),
        "index": .whole(resolved.index),
        "label": .text(label),
        "logit": .number(resolved.logit),
        "probability": .number(resolved.probability),
      ],
      "prediction": .array(prediction.map(describe)),
      "truth": .null,
      "correct": .null,
      "layer": .string(layer.name),
      "map": isMapKept ? .string(mapPath) : .null,
      "overlay": .null,
      "minimum": .number(summary.minimum),
      "maximum": .number(summary.maximum),
      "degenerate": .bool(summary.isDegenerate),
      "reason": .text(reason),
      "notes": .array(notes.map { .string(layer.named(in: $0)) }),
      "forwards": .integer(passes.forwards),
      "tails": .integer(passes.tails),
      "backwards": .integer(passes.backwards),
      "milliseconds": .number((milliseconds * 1000).rounded() / 1000),
    ]
  }

  private func describe(_ score: ClassScore) -> JSONValue {
    [
      "index": .integer(score.index),
      "label": .text(labels?[score.index]),
      "probability": .number(score.probability),
    ]
  }
}

extension Failure {
  /// The record of an input that could not be explained.
  public func record(of input: Input) -> JSONValue {
    [
      "schema": .integer(ExplanationRecord.schema),
      "image": .string(input.name),
      "source": .string(input.source),
      "error": [
        "code": .integer(kind.rawValue),
        "message": .string(
          (place.isEmpty || place == input.source ? what : "\(place): \(what)").onOneLine),
        "hint": .text(hint?.onOneLine),
      ],
    ]
  }
}

extension TargetRequest {
  /// The class, logit and probability of the target for one image.
  func resolved(
    _ prediction: Prediction
  ) -> (index: Int?, logit: Double?, probability: Double?) {
    switch choice {
    case .top(let rank):
      guard prediction.ranked.indices.contains(rank - 1) else { return (nil, nil, nil) }
      let score = prediction.ranked[rank - 1]
      return (score.index, score.logit, score.probability)
    case .outputs(let outputs):
      if let index, let score = prediction[index] {
        return (score.index, score.logit, score.probability)
      }
      let isBinary = prediction.ranked.count == 2
      let sum = outputs.reduce(0.0) { sum, output in
        // With one output its two classes are 1 with z and 0 with -z, and weights refer to z.
        let place = isBinary && outputs.allSatisfy { $0.index == 0 } ? 1 : output.index
        return sum + Double(output.weight) * (prediction[place]?.logit ?? 0)
      }
      return (nil, sum, nil)
    }
  }
}
