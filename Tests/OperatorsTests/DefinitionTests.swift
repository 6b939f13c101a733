import Operators
import Tensors
import Testing

@Suite("Definitions on numbers made by hand")
struct DefinitionTests {
  @Test("a convolution of a 3x3 image")
  func convolution() {
    let x = HostTensor([1, 1, 3, 3]) { Double($0 + 1) }
    let w = HostTensor([1, 1, 2, 2], [1.0, 2, 3, 4])
    let y = apply(Conv2D(), x, w, HostTensor([1], [100.0]))
    #expect(y.elements == [137, 147, 167, 177])
    let dx = apply(Conv2DDataGradient(Conv2D(), inputHeight: 3, inputWidth: 3), y, w)
    #expect(dx.elements == [137, 421, 294, 578, 1500, 942, 501, 1199, 708])
    let dw = apply(Conv2DWeightGradient(Conv2D(), kernelHeight: 2, kernelWidth: 2), x, y)
    #expect(dw.elements == [1984, 2612, 3868, 4496])
  }

  @Test(
    "percentiles lie between order statistics as in NumPy",
    arguments: [
      (0, 1), (100, 10), (50, 3.5), (25, 2.25), (70, 4.5), (90, 7.5), (80, 5), (10, 1.5),
    ] as [(Float, Double)])
  func percentiles(theta: Float, expected: Double) {
    let x = HostTensor([1, 6], [10.0, 3, 1, 5, 2, 4])
    let found = apply(Percentile(theta: theta, axes: [1]), x)
    #expect(found.shape == [1, 1])
    #expect(abs(found[0] - expected) < 1e-12)
  }

  @Test("percentiles of several axes are those of one list")
  func percentilesFlatten() {
    let x = HostTensor([2, 2, 2], [1.0, 8, 3, 6, 5, 4, 7, 2])
    #expect(apply(Percentile(theta: 50, axes: [0, 2]), x).elements == [4.5, 4.5])
    #expect(apply(Percentile(theta: 50, axes: [0, 1, 2]), x).elements == [4.5])
    #expect(apply(Percentile(theta: 100, axes: [0, 2]), x).elements == [8, 7])
  }

  @Test("channels fall into groups as the methods say")
  func groups() {
    func sizes(_ channels: Int, _ groups: Int, _ split: GroupSum.Split) -> [Int] {
      GroupSum(groups: groups, split: split).ranges(channels: channels).map(\.count)
    }
    #expect(sizes(10, 4, .chunk) == [3, 3, 3, 1])
    #expect(sizes(9, 6, .chunk) == [2, 2, 2, 2, 1])
    #expect(sizes(10, 4, .balanced) == [2, 3, 2, 3])
    #expect(sizes(9, 6, .balanced) == [1, 2, 1, 2, 1, 2])
    #expect(sizes(512, 32, .chunk) == [Int](repeating: 16, count: 32))
    #expect(sizes(512, 32, .balanced) == [Int](repeating: 16, count: 32))
    #expect(sizes(3, 5, .balanced) == [1, 1, 1])
    #expect(sizes(3, 5, .chunk) == [1, 1, 1])
  }

  @Test("groups cover every channel once, in order", arguments: GroupSum.Split.allCases)
  func groupsCover(split: GroupSum.Split) {
    for channels in 1...40 {
      for groups in 1...41 {
        let sum = GroupSum(groups: groups, split: split)
        let ranges = sum.ranges(channels: channels)
        #expect(ranges.flatMap { Array($0) } == Array(0..<channels))
        #expect(ranges.allSatisfy { !$0.isEmpty })
        #expect(ranges.count == sum.groupCount(channels: channels))
      }
    }
  }

  @Test("a blur leaves a constant image as it is")
  func blurKeepsConstants() {
    let x = HostTensor([1, 2, 30, 28], filledWith: 3.25)
    let y = apply(GaussianBlur(size: 51, sigma: 50), x)
    #expect(ErrorMetrics(found: y, expected: x).maximumAbsolute < 1e-13)
  }

  @Test("a blurred impulse sums to one and is symmetric")
  func blurOfAnImpulse() {
    let x = HostTensor([1, 1, 21, 23]) { $0 == 10 * 23 + 11 ? 1.0 : 0 }
    let y = apply(GaussianBlur(size: 11, sigma: 5), x)
    #expect(abs(y.elements.reduce(0, +) - 1) < 1e-13)
    for row in 0..<21 {
      for column in 0..<23 {
        #expect(abs(y[0, 0, row, column] - y[0, 0, 20 - row, 22 - column]) < 1e-15)
      }
    }
  }

  @Test("the end weight of the usual blur is 0.8825 of the centre")
  func blurWeights() {
    let weights = GaussianBlur(size: 51, sigma: 50).weights
    #expect(abs(weights[0] / weights[25] - 0.8825) < 5e-5)
    #expect(abs(weights.reduce(0, +) - 1) < 1e-14)
    #expect(weights == weights.reversed())
  }

  @Test("a blur mirrors the image without repeating the edge pixel")
  func blurMirrors() {
    let x = HostTensor([1, 1, 2, 3], [1.0, 2, 4, 8, 16, 32])
    let blur = GaussianBlur(size: 3, sigma: 0.5)
    let (side, centre) = (blur.weights[0], blur.weights[1])
    // Along rows, then along columns: the other row is on both sides of each.
    let top = [centre + 4 * side, 2 * centre + 5 * side, 4 * centre + 4 * side]
    let bottom = [8 * centre + 32 * side, 16 * centre + 40 * side, 32 * centre + 32 * side]
    let expected =
      zip(top, bottom).map { centre * $0 + 2 * side * $1 }
      + zip(top, bottom).map { centre * $1 + 2 * side * $0 }
    let found = apply(blur, x)
    for (value, truth) in zip(found.elements, expected) { #expect(abs(value - truth) < 1e-14) }
  }

  @Test("an average pool divides by what counts")
  func averagePoolDivisors() {
    let x = HostTensor([1, 1, 3, 3], filledWith: 36.0)
    func pool(_ countsPadding: Bool) -> [Double] {
      let window = Window(stride: 2, padding: 1)
      return apply(
        AveragePool(
          kernel: .init(3, 3), window: window, ceilMode: true, countsPadding: countsPadding), x
      ).elements
    }
    #expect(pool(false) == [36, 36, 36, 36])
    #expect(pool(true) == [16, 16, 16, 16])
    let beyond = AveragePool(
      kernel: .init(2, 2), window: Window(stride: 2), ceilMode: true, countsPadding: true)
    #expect(apply(beyond, x).elements == [36, 36, 36, 36])
  }

  @Test("gather and scatter leave out what is out of range")
  func gatherAndScatter() {
    let table = HostTensor([3, 2], [1.0, 2, 3, 4, 5, 6])
    let index = HostTensor([5, 1], [2.0, -1, 0, 3, .nan])
    let gathered = apply(Gather(), table, index)
    #expect(gathered.elements == [5, 6, 0, 0, 1, 2, 0, 0, 0, 0])
    let scattered = apply(
      ScatterAdd(), HostTensor([5, 2], filledWith: 1.0), HostTensor([5, 1], [2.0, 2, 0, 3, -1]),
      table)
    #expect(scattered.elements == [1, 1, 0, 0, 2, 2])
    let pairs = HostTensor([2, 2], [2.0, 1, 0, 2])
    #expect(apply(Gather(), table, pairs).elements == [6, 0])
    #expect(
      apply(OneHot(depth: 3), index).elements == [
        0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
      ])
  }

  @Test("a mask of 1 gives the picture and a mask of 0 the baseline, bit for bit")
  func maskedBlendIsExact() {
    let images = HostTensor([2, 1, 1, 2], [0.1, 0.7, -3.3, 1e-20])
    let baseline = HostTensor([2, 1, 1, 2], [5.5, -0.3, 1e20, 7.7])
    let mask = HostTensor([3, 1, 1, 2], [1.0, 0, 0, 1, 0.5, 0.5])
    let owner = HostTensor([3, 1], [1.0, 1, 0])
    let y = apply(MaskedBlend(), images, baseline, mask, owner)
    #expect(y.elements == [-3.3, 7.7, 1e20, 1e-20, 0.5 * 0.1 + 0.5 * 5.5, 0.5 * 0.7 - 0.5 * 0.3])
  }

  @Test("a resize to the same size changes nothing, under both rules", arguments: [false, true])
  func resizeToTheSameSize(alignsCorners: Bool) {
    let x = HostTensor([1, 2, 3, 4]) { Double($0 * $0) }
    let resize = ResizeBilinear(height: 3, width: 4, alignsCorners: alignsCorners)
    #expect(apply(resize, x) == x)
  }
}
