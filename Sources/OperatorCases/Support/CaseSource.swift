/// A file of cases: those of one operator, or of one pattern of fused steps.
protocol CaseSource: Sendable {
  /// The cases.
  static var cases: [OperatorCase] { get }
}
