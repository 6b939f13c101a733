import Operators

/// Every way in which shapes broadcast; b away from zero.
enum DivideCases: CaseSource {
  static let cases =
    OperatorCase.broadcasting(Divide(), .positive)
}
