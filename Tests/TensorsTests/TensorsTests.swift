import Tensors
import Testing

@Suite("Shapes and errors mean what they say")
struct TensorsTests {
  @Test("an element count that overflows or is negative is nil")
  func elementCountIsChecked() {
    #expect(Shape([2, 3, 4]).checkedElementCount == 24)
    #expect(Shape([]).checkedElementCount == 1)
    #expect(Shape([Int.max, 2]).checkedElementCount == nil)
    #expect(Shape([2, -1]).checkedElementCount == nil)
    #expect(Shape([0, Int.max]).checkedElementCount == 0)
  }

  @Test("strides count elements, and rows replace the leading extent")
  func stridesAndRows() {
    let shape: Shape = [2, 3, 4, 5]
    #expect(shape.strides == [60, 20, 5, 1])
    #expect(shape.withRows(7) == [7, 3, 4, 5])
    #expect(shape.row == [3, 4, 5])
    #expect(shape.description == "2x3x4x5")
  }

  @Test("rows of a tensor are its rows")
  func rowsOfATensor() {
    let tensor = HostTensor<Float>([3, 2]) { Float($0) }
    #expect(tensor.rows(1..<3) == HostTensor([2, 2], [2, 3, 4, 5]))
    #expect(HostTensor<Float>([1, 2, 2, 3]) { Float($0) }[0, 1, 1, 2] == 11)
  }

  @Test("an error is normalised by the largest truth, and its place is told")
  func errorIsNormalised() {
    let truth = HostTensor<Double>([3], [1, -4, 2])
    let found = HostTensor<Float>([3], [1, -4, 2.5])
    let metrics = ErrorMetrics(found: found, expected: truth)
    #expect(metrics.maximumAbsolute == 0.5)
    #expect(metrics.normalised == 0.125)
    #expect(metrics.worstIndex == 2)
    #expect(metrics.count == 3)
  }

  @Test("a value that is not finite where a finite one is due is an infinite error")
  func notFiniteIsInfinite() {
    let truth = HostTensor<Double>([2], [1, .infinity])
    let wrong = HostTensor<Float>([2], [.nan, .infinity])
    #expect(ErrorMetrics(found: wrong, expected: truth).normalised == .infinity)
    let right = HostTensor<Float>([2], [1, .infinity])
    #expect(ErrorMetrics(found: right, expected: truth).normalised == 0)
  }
}
