import Graphs
import Operators
import Tensors
import Testing

@Suite("Where a derivative is a matter of convention")
struct ConventionTests {
  @Test("that of ReLU is 0 at zeros of both signs")
  func reluAtZero() async throws {
    let x = HostTensor([4], [0.0, -0.0, 1, -1])
    let dx = try await gradient(of: ReLU(), at: [x], upstream: ones([4]))
    #expect(dx.elements == [0, 0, 1, 0])
  }

  @Test("that of clamp and of the hard sigmoid is 0 at the limits")
  func limitsOfClamp() async throws {
    let x = HostTensor([4], [0.0, 6, 3, 7])
    let dx = try await gradient(of: Clamp(lower: 0, upper: 6), at: [x], upstream: ones([4]))
    #expect(dx.elements == [0, 0, 1, 0])
    let slope = try await gradient(
      of: HardSigmoid(slope: 0.25, offset: 0.5), at: [HostTensor([3], [-2.0, 0, 2])],
      upstream: ones([3]))
    #expect(slope.elements == [0, 0.25, 0])
  }

  @Test("that of the hard swish is 0 at -3 and 1 at 3")
  func kinksOfHardSwish() async throws {
    let dx = try await gradient(
      of: HardSwish(), at: [HostTensor([3], [-3.0, 0, 3])], upstream: ones([3]))
    #expect(dx.elements == [0, 0.5, 1])
  }

  @Test("that of max-pool goes to the first maximum in row-major order")
  func maxPoolPrefersTheFirst() async throws {
    let pool = MaxPool(kernel: .init(2, 2), window: Window(stride: 2), ceilMode: false)
    let x = HostTensor([1, 1, 2, 4], [1.0, 5, 2, 2, 5, 5, 2, 2])
    let dx = try await gradient(of: pool, at: [x], upstream: HostTensor([1, 1, 1, 2], [10, 20]))
    #expect(dx.elements == [0, 10, 20, 0, 0, 0, 0, 0])
  }

  @Test("overlapping windows add up at a shared maximum")
  func maxPoolAddsWindows() async throws {
    let pool = MaxPool(kernel: .init(1, 2), window: Window(), ceilMode: false)
    let x = HostTensor([1, 1, 1, 3], [1.0, 9, 2])
    let dx = try await gradient(of: pool, at: [x], upstream: HostTensor([1, 1, 1, 2], [3, 4]))
    #expect(dx.elements == [0, 7, 0])
  }

  @Test("that of a minimum or maximum goes to the first in row-major order of the axes")
  func extremaPreferTheFirst() async throws {
    let x = HostTensor([2, 2, 3], [4.0, 7, 7, 1, 7, 0, 0, 2, 5, 5, 5, 0])
    let top = try await gradient(
      of: ReduceMax(axes: [0, 2], keepsAxes: false), at: [x], upstream: HostTensor([2], [1, 2]))
    #expect(top.elements == [0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    let bottom = try await gradient(
      of: ReduceMin(axes: [1], keepsAxes: true), at: [x],
      upstream: HostTensor([2, 1, 3], [1, 2, 3, 4, 5, 6]))
    #expect(bottom.elements == [0, 2, 0, 1, 0, 3, 4, 5, 0, 0, 0, 6])
    #expect(apply(ArgMax(axes: [0, 2], keepsAxes: false), x).elements == [1, 1])
    #expect(apply(ArgMin(axes: [0, 2], keepsAxes: false), x).elements == [3, 2])
  }

  @Test("top-k puts the lowest index first")
  func topKPrefersTheLowest() {
    let x = HostTensor([1, 5], [2.0, 7, 2, 7, 1])
    #expect(apply(TopK(count: 4, part: .values), x).elements == [7, 7, 2, 2])
    #expect(apply(TopK(count: 4, part: .positions), x).elements == [1, 3, 0, 2])
  }

  @Test("that of a percentile goes to the ranks, equal elements in flat order")
  func percentileRanks() async throws {
    let x = HostTensor([1, 5], [3.0, 1, 3, 3, 0])
    // h = 0.7 · 4 = 2.8: ranks 2 and 3 are the first and second 3.
    let dx = try await gradient(
      of: Percentile(theta: 70, axes: [1]), at: [x], upstream: HostTensor([1, 1], [10]))
    #expect(dx.shape == [1, 5])
    for (found, expected) in zip(dx.elements, [2.0, 0, 8, 0, 0]) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  @Test("min-max of a constant map is zero, and so is its derivative")
  func constantMaps() async throws {
    let x = HostTensor([1, 2, 1, 3], [4.0, 4, 4, 1, 2, 3])
    #expect(apply(MinMax(), x).elements == [0, 0, 0, 0, 0.5, 1])
    let dx = try await gradient(of: MinMax(), at: [x], upstream: ones([1, 2, 1, 3]))
    #expect(Array(dx.elements.prefix(3)) == [0, 0, 0])
    #expect(dx.elements.allSatisfy { $0.isFinite })
    // y = (0, (b-a)/(c-a), 1): the middle pulls at both ends and at itself.
    #expect(Array(dx.elements.suffix(3)) == [-0.25, 0.5, -0.25])
  }

  @Test("second derivatives that would be wrong are refused")
  func secondDerivativesAreRefused() throws {
    var builder = GraphBuilder()
    let pool = MaxPool(kernel: .init(2, 2), window: Window(), ceilMode: false)
    let x = builder.input("x", [1, 1, 3, 3])
    let y = try builder.add(pool, [builder.add(Multiply(), [x, x])])
    let joint = try builder.finish(outputs: [y]).backward(from: y, to: [x])
    #expect(throws: GraphError.unsuitable("second derivatives through max_pool are not available"))
    {
      _ = try joint.backward(from: joint.outputs[1], to: [x])
    }
  }

  private func ones(_ shape: Shape) -> HostTensor<Double> { HostTensor(shape, filledWith: 1) }
}
