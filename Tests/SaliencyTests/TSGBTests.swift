import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// A network with fixed weights; images are made non-negative first, so that relevance is easy.
private struct HandMade {
  /// ReLU, convolution where a kernel is given, ReLU, global average pooling, linear.
  static func session(
    image: HostTensor<Float>, kernel: HostTensor<Float>? = nil, head: HostTensor<Float>
  ) async throws -> Session {
    var builder = GraphBuilder()
    var weights: [ParameterName: any WeightSource] = ["head": HostWeights(head)]
    let x = builder.input("image", image.shape)
    var y = try builder.add(ReLU(), [x])
    if let kernel {
      weights["kernel"] = HostWeights(kernel)
      y = try builder.add(Conv2D(), [y, builder.parameter("kernel", kernel.shape)])
      y = try builder.add(ReLU(), [y])
    }
    y = try builder.add(GlobalAveragePool(), [y])
    y = try builder.add(Reshape([1, head.shape[1]]), [y])
    y = try builder.add(Linear(), [y, builder.parameter("head", head.shape)])
    let backend = ReferenceBackend()
    return try await Session(
      network: builder.finish(outputs: [y]), parameters: backend.upload(weights),
      images: backend.upload(image), backend: backend)
  }
}

/// TSGB's rules on numbers that can be followed by hand.
@Suite struct TSGBTests {
  private static func maps(
    _ session: Session, _ settings: [String: String] = [:], output: Int = 0
  ) async throws -> [Float] {
    let target = Target(image: 0, choice: .outputs([.init(index: output)]))
    return try await TSGB(settings: settings).maps([target], with: session).elements
  }

  @Test func relevanceIsTheProductAtTheImage() async throws {
    let gradients = HostTensor<Float>([1, 1, 2, 2], [1, -2, 3, 0.5])
    var probe = try await FakeProbe(activations: gradients, gradients: gradients)
    probe.network = try await HandMade.session(
      image: HostTensor([1, 1, 2, 2], filledWith: 1), head: HostTensor([2, 1], [1, 2])
    ).network
    let found = try await TSGB().explain([classZero], at: "none", with: probe)
    let pixels = try await probe.images.download().elements
    #expect(
      try await found.maps.download().elements == zip(pixels, gradients.elements).map { $0 * $1 })
    #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
    let queries = await probe.record.queries
    #expect(queries.count == 1)
    #expect(queries.first?.gradients == [.input])
    #expect(queries.first?.rules != .derivative)
  }

  /// P = 2, N = 4 for output 0; no negative weight for output 1.
  @Test func negativeEvidenceIsStretchedUntilBothBalance() async throws {
    let session = try await HandMade.session(
      image: HostTensor([1, 2, 1, 1], [2, 1]), head: HostTensor([2, 2], [1, -4, 3, 2]))
    #expect(try await Self.maps(session) == [0])
    #expect(try await Self.maps(session, ["scale": "0.5"]) == [1])
    #expect(try await Self.maps(session, ["scale": "0"]) == [2])
    #expect(try await Self.maps(session, ["beta": "early"]) == [-1])
    #expect(try await Self.maps(session, output: 1) == [8])
  }

  /// o = (11, 22) under the kernel (5, 3), a mean of 16.5, weight 2: the relevance of 33 goes back
  /// as 11 and 22, and each in proportion to what lies under the window.
  @Test func convolutionSharesByMagnitude() async throws {
    let session = try await HandMade.session(
      image: HostTensor([1, 1, 1, 3], [1, 2, 4]), kernel: HostTensor([1, 1, 1, 2], [5, 3]),
      head: HostTensor([1, 1], [2]))
    let found = try await Self.maps(session)
    let unit = Float(11) / 3
    #expect(zip(found, [unit, 4 * unit, 4 * unit]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// An image of zeros has windows of zeros: no relevance, and nothing that is not a number.
  @Test func emptyImageGivesAnEmptyMap() async throws {
    let session = try await HandMade.session(
      image: HostTensor([1, 1, 1, 3], filledWith: 0), kernel: HostTensor([1, 1, 1, 2], [5, 3]),
      head: HostTensor([1, 1], [2]))
    let target = Target(image: 0, choice: .outputs([.init(index: 0)]))
    let found = try await TSGB().explain([target], at: "none", with: session)
    #expect(try await found.maps.download().elements == [0, 0, 0])
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.error == nil && summary.reason != nil)
  }

  @Test func eachOutputOfATargetBalancesAlone() async throws {
    let session = try await HandMade.session(
      image: HostTensor([1, 2, 1, 1], [2, 1]), head: HostTensor([2, 2], [1, -4, 3, 2]))
    let both = Target(
      image: 0, choice: .outputs([.init(index: 0), .init(index: 1, weight: -2)]))
    #expect(try await TSGB(settings: ["scale": "0"]).maps([both], with: session).elements == [-14])
  }
}
