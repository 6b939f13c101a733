import Jobs

/// What a training run tells while it goes on.
public enum TrainingEvent: Sendable {
  /// It goes on behind so many whole epochs and so many steps of the next.
  case resumed(epochs: Int, steps: Int)
  /// A step is done: how far its epoch is.
  case stepped(Progress)
  /// A picture cannot be read; told once.
  case unreadable(Failure)
  /// Something failed that the run goes on without, or ends beside.
  case troubled(Failure)
  /// An epoch is done and in the folder.
  case finished(EpochRecord)

  /// How far an epoch is.
  public struct Progress: Sendable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The steps of it that are done.
    public let stepCount: Int
    /// All its steps.
    public let stepTotal: Int
    /// The pictures learned from so far.
    public let score: Score
    /// How fast it goes.
    public let pace: Pace
  }
}
