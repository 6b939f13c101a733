import Operators

/// First and late steps, moments that are forgotten at once, and weight decay.
enum AdamWUpdateCases: CaseSource {
  static let cases: [OperatorCase] =
    make("first step", usual, step: 1) + make("step 1000", usual, step: 1000)
    + make("step of a long run", usual, step: 1e6)
    + make(
      "no memory", AdamWUpdate(beta1: 0, beta2: 0, epsilon: 1e-3, decay: 0), step: 3)
    + make(
      "strong decay", AdamWUpdate(beta1: 0.5, beta2: 0.9, epsilon: 1e-8, decay: 0.5), step: 2)

  private static let usual = AdamWUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01)

  private static func make(
    _ title: String, _ update: AdamWUpdate, step: Float
  ) -> [OperatorCase] {
    OperatorCase.updates(
      title, update, state: AdamWUpdate.stateRows, .positive,
      scalars: [("rate", 0.01), ("step", step)])
  }
}
