import Models

extension Failure {
  /// The failure behind an error of a model file, whose line is complete.
  public init(_ error: ModelError) {
    self.init(Kind(rawValue: Int(error.exitCode)) ?? .content, "", error.description)
  }
}
