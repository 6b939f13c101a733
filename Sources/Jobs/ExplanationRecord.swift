import Saliency
import Tensors

/// One line of `results.jsonl`: what is known of one map of one image.
public struct ExplanationRecord: Sendable {
  /// The image.
  public let input: Input
  /// What is known of its pixels.
  public let image: ImageFacts
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
  /// The tapped layer; none where the method reads none.
  public let layer: LayerRequest
  /// What is kept in files.
  public let keeps: Keeps
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

  /// Where its files lie.
  private var files: MapFiles {
    MapFiles(image: input.name, method: method.name, place: MapPlace(target, layer).name)
  }

  /// Where the map is, relative to the folder of the run; nil where it is not kept.
  public var mapPath: String? { keeps.contains(.map) ? files.map : nil }

  /// Where the map before normalisation is; nil where it is not kept.
  var rawPath: String? { keeps.contains(.raw) ? files.raw : nil }

  /// Where the picture with the map is; nil where it is not kept or there is no picture.
  public var overlayPath: String? {
    guard keeps.contains(.overlay), image.canBeShown else { return nil }
    return files.overlay(isJPEG: image.isJPEG)
  }

  /// Where the picture with only the evidence kept is; nil where there is none.
  public var blendPath: String? {
    keeps.contains(.blend) && image.canBeShown ? files.blend : nil
  }

  /// Where a map is that is there for report and sheet alone; nil where there is none.
  var workingPath: String? { files.working(method, keeps) }

  /// Whether the most likely class is that of any object of the picture; nil where that is not
  /// known.
  public var isCorrect: Bool? {
    guard !input.truth.indices.isEmpty, let first = prediction.first else { return nil }
    return input.truth.indices.contains(first.index)
  }

  /// The version of the records.
  public static let schema = 1

  /// The label of the class, where there are labels.
  public var label: String? { resolved.index.flatMap { labels?[$0] } }

  /// The record; `truths` is there for pictures with objects of several classes only.
  public var json: JSONValue {
    let record: JSONValue = [
      "schema": .integer(Self.schema),
      "image": .string(input.name),
      "source": .string(input.source),
      "size": [.integer(image.width), .integer(image.height)],
      "region": .array(image.region.values.map { .number(($0 * 1000).rounded() / 1000) }),
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
      "truth": .whole(input.truth.index),
      "truths": .array(input.truth.indices.map(JSONValue.integer)),
      "correct": isCorrect.map(JSONValue.bool) ?? .null,
      "layer": layer.json,
      "map": .text(mapPath),
      "overlay": .text(overlayPath),
      "minimum": .number(summary.minimum),
      "maximum": .number(summary.maximum),
      "degenerate": .bool(summary.isDegenerate),
      "reason": .text(reason),
      "notes": .array((image.notes + notes.map(layer.named)).map(JSONValue.string)),
      "forwards": .integer(passes.forwards),
      "tails": .integer(passes.tails),
      "backwards": .integer(passes.backwards),
      "milliseconds": .number((milliseconds * 1000).rounded() / 1000),
    ]
    guard case .object(let members) = record, input.truth.indices.count < 2 else { return record }
    return .object(members.filter { $0.key != "truths" })
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
  ///
  /// `value` is what the target is worth without its sign, where it is an expression.
  func resolved(
    _ prediction: Prediction, value: Float?
  ) -> (index: Int?, logit: Double?, probability: Double?) {
    if case .expression = head { return (nil, value.map(Double.init), nil) }
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
