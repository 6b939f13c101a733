/// What a job tells while it works; only the command line renders it.
public enum JobEvent: Sendable {
  /// An image is dealt with: one record for each map, in the order of the results, and why not all
  /// of them could be made.
  case explained(Input, [ExplanationRecord], failure: Failure?, lines: [String])
  /// An image that an earlier run had finished, with its lines; they stand here in the results. Nil
  /// is one that is no longer among the inputs.
  case kept(Input?, lines: [String])
  /// Something that the reader of the results must know.
  case warning(String)
}
