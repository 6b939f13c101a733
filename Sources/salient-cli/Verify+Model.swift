import Jobs
import Salient

extension Verify {
  /// Checks every step of a model's plan.
  func verifyModel() async throws(Failure) -> Int32 {
    throw Failure(.usage, "--model", "not part of this version yet", try: "leave it out")
  }
}
