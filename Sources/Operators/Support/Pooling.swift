import Graphs
import Tensors

extension Window {
  /// The flat indices, in one plane of an image, of the cells that a pooling window covers.
  ///
  /// In row-major order; cells in the padding are left out.
  func cells(_ p: Int, _ q: Int, kernel: Pair, height: Int, width: Int) -> [Int] {
    let axes = self.axes(kernel: kernel, height: height, width: width)
    let columns = axes.width.cells(q)
    return axes.height.cells(p).flatMap { i in columns.map { i * width + $0 } }
  }
}

extension Shape {
  /// Calls `body` for each place of a `[N, C, P, Q]` tensor: its plane, row, column and flat index.
  func visitPlaces(_ body: (_ plane: Int, _ p: Int, _ q: Int, _ flat: Int) -> Void) {
    for plane in 0..<self[0] * self[1] {
      for p in 0..<self[2] {
        for q in 0..<self[3] {
          body(plane, p, q, (plane * self[2] + p) * self[3] + q)
        }
      }
    }
  }
}
