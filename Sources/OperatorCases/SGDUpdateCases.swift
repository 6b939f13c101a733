import Operators

/// With and without momentum, weight decay and Nesterov's look ahead.
enum SGDUpdateCases: CaseSource {
  static let cases: [OperatorCase] =
    make("plain", SGDUpdate(momentum: 0, decay: 0, isNesterov: false), rate: 0.5)
    + make("momentum and decay", SGDUpdate(momentum: 0.9, decay: 1e-4, isNesterov: false))
    + make("Nesterov", SGDUpdate(momentum: 0.9, decay: 0.01, isNesterov: true), rate: 0.1)
    + make("rate 0", SGDUpdate(momentum: 0.5, decay: 0.1, isNesterov: false), rate: 0)

  private static func make(
    _ title: String, _ update: SGDUpdate, rate: Float = 0.01
  ) -> [OperatorCase] {
    OperatorCase.updates(
      title, update, state: SGDUpdate.stateRows, .signed, scalars: [("rate", rate)])
  }
}
