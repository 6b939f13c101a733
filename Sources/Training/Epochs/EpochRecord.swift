import Jobs

/// What an epoch has shown: a line of `training.jsonl`.
public struct EpochRecord: Sendable, Hashable {
  /// The epoch, counted from 1.
  public var epoch: Int
  /// The steps of all epochs so far.
  public var stepCount: Int
  /// The learning rate of its last step.
  public var rate: Float
  /// The pictures learned from, each as it was before its step.
  public var training: Score
  /// The pictures judged by, behind the last step.
  public var validation: Score
  /// Whether no epoch before was as good.
  public var isBest: Bool
  /// How much the maps of the probe moved since the epoch before, 0...1; nil without a probe.
  public var mapChange: Double?
  /// The pictures that could not be read.
  public var unreadableCount: Int
  /// How long the steps took; without those before the run went on.
  public var pace: Pace

  static let schema = 1

  /// The record, a line without its end.
  public var line: String { json.description }

  private var json: JSONValue {
    [
      "schema": .integer(Self.schema), "epoch": .integer(epoch), "steps": .integer(stepCount),
      "rate": .number(rate), "loss": .number(training.loss),
      "accuracy": .number(training.accuracy), "images": .integer(training.count),
      "validation_loss": .number(validation.loss),
      "validation_accuracy": .number(validation.accuracy),
      "validation_images": .integer(validation.count), "best": .bool(isBest),
      "map_change": .number(mapChange), "unreadable": .integer(unreadableCount),
      "seconds": .number(pace.seconds), "images_per_second": .number(pace.imagesPerSecond),
      "map_share": .number(pace.mapShare),
    ]
  }
}

/// How fast steps go, and which part of the time augmentation takes.
public struct Pace: Sendable, Hashable {
  /// The images of the steps.
  public var imageCount = 0
  /// The time of the steps, reading and augmentation included.
  public var time = Duration.zero
  /// The time of augmentation alone; nil where there is none.
  public var mapTime: Duration?

  /// Seconds.
  public var seconds: Double { time / .seconds(1) }
  /// Images a second; nil before the first.
  public var imagesPerSecond: Double? {
    seconds > 0 && imageCount > 0 ? Double(imageCount) / seconds : nil
  }
  /// The part of the time that augmentation takes, 0...1; nil where there is none.
  public var mapShare: Double? {
    guard let mapTime, seconds > 0 else { return nil }
    return mapTime / time
  }
}
