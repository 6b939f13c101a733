import Operators
import Tensors
import Testing

@Suite("Hidden pixels and ranks follow from their definitions")
struct ImputationTests {
  @Test("a constant image comes back, whatever is hidden")
  func constantImage() {
    let x = HostTensor<Double>([2, 3, 9, 7], filledWith: 0.6)
    let mask = HostTensor<Double>([2, 1, 9, 7]) { $0 % 11 == 0 ? 1 : 0 }
    let y = apply(LinearImputation(), x, mask)
    #expect(y.elements.allSatisfy { abs($0 - 0.6) < 1e-9 })
  }

  @Test("one hidden pixel inside a slope comes back")
  func slope() {
    let x = HostTensor<Double>([1, 1, 6, 8]) { 0.3 * Double($0 / 8) - 0.2 * Double($0 % 8) }
    let mask = HostTensor<Double>([1, 1, 6, 8]) { $0 == 3 * 8 + 4 ? 0 : 1 }
    let hidden = HostTensor<Double>([1, 1, 6, 8]) { mask[$0] > 0 ? x[$0] : -50 }
    #expect(abs(apply(LinearImputation(), hidden, mask)[28] - x[28]) < 1e-12)
  }

  @Test("every hidden pixel is the weighted mean of its neighbours inside the image")
  func equations() {
    let (height, width) = (7, 6)
    let x = HostTensor<Double>([1, 1, height, width]) { Double(($0 * 7) % 13) }
    let mask = HostTensor<Double>([1, 1, height, width]) { ($0 * 5) % 3 == 0 ? 1 : 0 }
    let y = apply(LinearImputation(), x, mask)
    for place in 0..<height * width {
      guard mask[place] == 0 else {
        #expect(y[place] == x[place])
        continue
      }
      var (sum, total) = (0.0, 0.0)
      for dy in -1...1 {
        for dx in -1...1 where dy != 0 || dx != 0 {
          let (j, i) = (place / width + dy, place % width + dx)
          guard 0..<height ~= j, 0..<width ~= i else { continue }
          let weight = dy == 0 || dx == 0 ? 2.0 : 1
          sum += weight * y[j * width + i]
          total += weight
        }
      }
      #expect(abs(y[place] - sum / total) < 1e-9)
    }
  }

  @Test("where everything is hidden there are zeros")
  func everythingHidden() {
    let x = HostTensor<Double>([1, 2, 3, 3], filledWith: 5)
    let y = apply(LinearImputation(), x, HostTensor([1, 1, 3, 3], filledWith: 0))
    #expect(y.elements.allSatisfy { $0 == 0 })
  }

  @Test("greater elements come first, then smaller ties, then those that stand first")
  func ranks() {
    let x = HostTensor<Double>([2, 5], [1, 3, 3, -2, 3, 0, -0.0, 0, 1, .nan])
    #expect(apply(Rank(), x).elements == [3, 0, 1, 4, 2, 2, 3, 4, 1, 0])
    let ties = HostTensor<Double>([2, 5], [9, 2, 1, 0, 2, 1, 0, 1, 0, 0])
    #expect(apply(Rank(), x, ties).elements == [3, 1, 0, 4, 2, 3, 2, 4, 1, 0])
  }
}
