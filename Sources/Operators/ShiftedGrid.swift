import Graphs
import Tensors

/// The masks of RISE: each grid enlarged by linear interpolation, shifted and cut to the image.
///
/// With cells of h x w pixels, h = ⌈H/s⌉: the grid of s x s bits is enlarged to (s + 1)·h rows,
/// src = (d + ½)·s/((s + 1)·h) − ½ at place d, where indices outside 0 ... s − 1 are mirrored
/// without repeating the edge (−1 is 1, s is s − 2), and likewise for columns; the mask is the
/// H x W part whose first place is the shift (Petsiuk et al. 2018, section 3.2 and their code).
///
/// Input: grid `[R, s² + 2]`, as `RandomGrid` makes it: bits, then the shift in rows and columns,
/// whole numbers from 0 to below a cell. A shift beyond that gives zeros. Output: `[R, 1, H, W]`.
public struct ShiftedGrid: Operator {
  /// The stem of every file about this operator.
  public static let name = "shifted_grid"

  /// The cells along each side, s.
  public var cells: Int
  /// The height of the masks.
  public var height: Int
  /// The width of the masks.
  public var width: Int

  /// The longest side of an image.
  private static let mostPixels = 1 << 20

  /// Masks of a size from grids of so many cells.
  public init(cells: Int, height: Int, width: Int) {
    self.cells = cells
    self.height = height
    self.width = width
  }

  /// `[R, 1, H, W]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [2], takes: "grid [R, s*s + 2]")
    guard 1...1024 ~= cells, 1...Self.mostPixels ~= height, 1...Self.mostPixels ~= width,
      inputs[0][1] == cells * cells + 2
    else {
      throw ShapeError(Self.name, "\(inputs[0]) for \(cells)x\(cells) cells, \(height)x\(width)")
    }
    return try Self.sized([inputs[0][0], 1, height, width])
  }

  /// The formula, four cells for each output.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (rows, columns) = (table(height), table(width))
    let size = cells * cells
    return HostTensor(checkedShape(inputs)) { flat in
      let (row, y, x) = (flat / (height * width), flat / width % height, flat % width)
      let start = row * (size + 2)
      guard let down = place(inputs[0][start + size], below: cell(height)),
        let right = place(inputs[0][start + size + 1], below: cell(width))
      else { return 0 }
      let (i, j) = (rows[y + down], columns[x + right])
      func line(_ cell: Int) -> Double {
        let first = inputs[0][start + cell * cells + j.first]
        let second = inputs[0][start + cell * cells + j.second]
        return (1 - j.weight) * first + j.weight * second
      }
      return (1 - i.weight) * line(i.first) + i.weight * line(i.second)
    }
  }

  /// Refused: masks are made of random bits, which nothing learns.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("\(Self.name): masks of random bits are not differentiated")
  }

  /// A multiply-add for each of four cells.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 8 * outputCount(inputs))
  }

  /// The pixels of a cell along a side of so many.
  public func cell(_ extent: Int) -> Int {
    let (whole, rest) = extent.quotientAndRemainder(dividingBy: max(cells, 1))
    return rest > 0 ? whole + 1 : whole
  }

  /// For each place of the enlarged grid along a side, the two cells that it lies between and the
  /// weight of the second.
  package func table(_ extent: Int) -> [(first: Int, second: Int, weight: Double)] {
    let count = (cells + 1) * cell(extent)
    return (0..<count).map { place in
      // In twice the pixels, so that the floor is exact.
      let source = (2 * place + 1) * cells - count
      let first = source >= 0 ? source / (2 * count) : -1
      let weight = Double(source - 2 * count * first) / Double(2 * count)
      return (mirrored(first), mirrored(first + 1), weight)
    }
  }

  private func mirrored(_ cell: Int) -> Int {
    guard cells > 1 else { return 0 }
    return cell < 0 ? -cell : cell >= cells ? 2 * (cells - 1) - cell : cell
  }
}
