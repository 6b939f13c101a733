import Saliency
import Tensors
import Testing

/// Two channels of 2 x 2 on which the class-activation methods differ, and what they give.
enum ActivationFixture {
  /// Sums over positions: 10 and 16.
  static let activations = HostTensor<Float>([1, 2, 2, 2], [1, 2, 3, 4, 2, 4, 2, 8])
  static let gradients = HostTensor<Float>([1, 2, 2, 2], [1, 2, 0, -1, -0.5, 1, -2, 0])

  /// Weights of the two channels, applied to the activations.
  static func weighted(_ first: Float, _ second: Float) -> [Float] {
    zip([1, 2, 3, 4], [2, 4, 2, 8]).map { first * $0 + second * $1 }
  }

  /// What a method makes of them.
  static func explanation(
    _ method: any Explainer, outputs: [Float] = [0, 0], targets: [Target] = [classZero],
    activations: HostTensor<Float> = activations, gradients: HostTensor<Float> = gradients
  ) async throws -> Explanation {
    var probe = try await FakeProbe(activations: activations, gradients: gradients)
    probe.outputs = HostTensor([1, 2], outputs)
    return try await method.explain(targets, at: "a", with: probe)
  }

  /// The raw map of an explanation.
  static func raw(of explanation: Explanation) async throws -> HostTensor<Float> {
    let tensor = try #require(explanation.raw)
    return try await tensor.download()
  }

  /// Whether the raw map of a method is this, up to rounding.
  static func isRaw(
    _ method: any Explainer, _ expected: [Float], outputs: [Float] = [0, 0]
  ) async throws -> Bool {
    let found = try await raw(of: explanation(method, outputs: outputs))
    let scale = expected.map(abs).max() ?? 1
    return distance(found, HostTensor([1, 1, 2, 2], expected)) <= 1e-6 * scale
  }

  /// Checks that maps which hold nothing are zeros with a reason, and that what is not finite is
  /// named.
  static func checkDegenerateCases(
    _ method: any Explainer, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let zeros = HostTensor<Float>([1, 2, 2, 2], filledWith: 0)
    for activations in [zeros, HostTensor<Float>([1, 2, 2, 2], filledWith: 0.1)] {
      for gradients in [zeros, HostTensor<Float>([1, 2, 2, 2], filledWith: 0.3)] {
        let found = try await explanation(method, activations: activations, gradients: gradients)
        let maps = try await found.maps.download()
        #expect(maps.elements == [0, 0, 0, 0], sourceLocation: sourceLocation)
        let summary = try #require(try await found.summaries().first)
        #expect(summary.isDegenerate && summary.error == nil, sourceLocation: sourceLocation)
        #expect(summary.reason?.contains("layer a") == true, sourceLocation: sourceLocation)
      }
    }
    for value in [Float.nan, .infinity] {
      var activations = activations
      activations[5] = value
      let found = try await explanation(method, activations: activations)
      let error = try #require(try await found.summaries().first?.error)
      #expect("\(error)".contains("activations of a"), sourceLocation: sourceLocation)
    }
  }
}
