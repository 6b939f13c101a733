import Jobs
import OpenCLBackend

/// What a tuning run found out about one step.
public struct TunedStep: Sendable {
  /// A size that was tried.
  public struct Candidate: Sendable {
    /// The size, `NB=2 UW=14`.
    public let tile: String
    /// The least time on the device; nil where it was refused or had no rival.
    public let milliseconds: Double?
    /// Why it must not be used; nil where its numbers are right.
    public let refusal: String?
  }

  /// The operators that it computes together, `conv2d+relu`.
  public let names: String
  /// The rung of the ladder, `winograd4`.
  public let variant: String
  /// Inputs and output for one image.
  public let shapes: String
  /// The operator's own parameters.
  public let geometry: String
  /// The numbers of rows that share the result, `2-8`.
  public let batch: String
  /// The kernels, `ops/conv2d.cl:conv2d_direct`.
  public let kernels: [String]
  /// The size used where nothing was measured.
  public let baseline: String
  /// The sizes in the order in which they were tried.
  public let candidates: [Candidate]
  /// The size that is faster, with its time and the baseline's; nil where the baseline is as good.
  public let winner: (tile: String, milliseconds: Double, baseline: Double)?
  /// Whether later runs take the winner.
  public let isStored: Bool

  init(_ outcome: TuningOutcome, isStored: Bool) {
    let task = outcome.task
    names = task.names
    variant = task.key.variant
    shapes = task.key.shapes
    geometry = task.key.geometry
    batch = task.key.batch.rawValue
    kernels = task.kernels.map(\.description)
    baseline = task.baseline.description
    candidates = outcome.candidates.map {
      Candidate(tile: $0.tile.description, milliseconds: $0.milliseconds, refusal: $0.refusal)
    }
    winner = outcome.winner.map { ($0.tile.description, $0.milliseconds, $0.baseline) }
    self.isStored = isStored && winner != nil
  }

  /// One line for each refused size: kernels, size, step and reason.
  public var refusals: [String] {
    candidates.compactMap { candidate in
      candidate.refusal.map {
        "\(kernels.joined(separator: " ")) \(candidate.tile): refused for \(shapes): \($0)"
      }
    }
  }

  /// The step as part of a document.
  public var json: JSONValue {
    [
      "operator": .string(names), "variant": .string(variant), "shapes": .string(shapes),
      "geometry": .string(geometry), "batch": .string(batch),
      "kernels": .array(kernels.map(JSONValue.string)), "default": .string(baseline),
      "fastest": .text(winner?.tile), "stored": .text(isStored ? winner?.tile : nil),
      "milliseconds": .number(winner?.milliseconds),
      "default_milliseconds": .number(winner?.baseline),
      "tiles": .array(
        candidates.map {
          [
            "tile": .string($0.tile), "milliseconds": .number($0.milliseconds),
            "refused": .text($0.refusal),
          ]
        }),
    ]
  }
}
