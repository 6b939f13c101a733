import Graphs
import Tensors

/// The random numbers of RISE's masks: the bits of a grid and a shift, named by the mask's number.
///
/// For mask m of s x s cells: bit[i, j] = 1 if u < keep, else 0, with u the uniform of element
/// m·s² + i·s + j of stream 2; the shift is integer 2m of stream 3 below the height of a cell, and
/// integer 2m + 1 below its width (Petsiuk et al. 2018, section 3.2). The numbers depend on seed
/// and mask alone: neither batch, nor device, nor how many masks are asked for counts.
///
/// Input: mask `[R, 1]`, whole numbers from 0 to 2²⁴; anything else gives zeros. Output:
/// `[R, s² + 2]`: bits row by row, then the vertical and the horizontal shift.
public struct RandomGrid: Operator {
  /// The stem of every file about this operator.
  public static let name = "random_grid"

  /// The key of the random numbers.
  public var seed: UInt64
  /// The cells along each side, s.
  public var cells: Int
  /// The probability of a one.
  public var keep: Float
  /// The number of vertical shifts.
  public var cellHeight: Int
  /// The number of horizontal shifts.
  public var cellWidth: Int

  /// The largest number of a mask.
  public static let mostMasks = 1 << 24

  /// Grids of so many cells, for images of a size: a cell is the s-th part of a side, rounded up.
  public init(seed: UInt64, cells: Int, keep: Float, height: Int, width: Int) {
    self.seed = seed
    self.cells = cells
    self.keep = keep
    let geometry = ShiftedGrid(cells: cells, height: height, width: width)
    cellHeight = geometry.cell(height)
    cellWidth = geometry.cell(width)
  }

  /// `[R, s² + 2]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [2], takes: "mask [R, 1]")
    let extents = 1...Int(Int32.max)
    guard inputs[0][1] == 1, 1...1024 ~= cells, extents ~= cellHeight, extents ~= cellWidth else {
      throw ShapeError(Self.name, "\(cells) cells of \(cellHeight)x\(cellWidth) for \(inputs[0])")
    }
    return try Self.sized([inputs[0][0], cells * cells + 2])
  }

  /// The formula, number by number.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let size = cells * cells
    return HostTensor(checkedShape(inputs)) { flat in
      let (row, element) = (flat / (size + 2), flat % (size + 2))
      guard let mask = place(inputs[0][row], below: Self.mostMasks + 1) else { return 0 }
      let philox = Philox(seed: seed)
      if element < size {
        let u = philox.uniform(UInt64(mask * size + element), stream: .grid)
        return u < Double(keep) ? 1 : 0
      }
      let bound = UInt32(element == size ? cellHeight : cellWidth)
      let place = UInt64(2 * mask + (element == size ? 0 : 1))
      return Double(philox.integer(place, below: bound, stream: .shift))
    }
  }

  /// A tenth of a block of ten rounds for each number.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 25 * outputCount(inputs))
  }
}
