extension Picture {
  /// The picture at another size, bit for bit as Pillow's `Image.resize` makes it.
  ///
  /// Each pass multiplies 8-bit values by weights of 22 bits, adds a half and clamps to 0...255.
  /// - Parameters:
  ///   - newWidth: at least 1.
  ///   - newHeight: at least 1.
  ///   - interpolation: the filter.
  ///   - order: which pass comes first; without effect on `nearest`.
  /// - Returns: the picture at that size.
  public func resized(
    width newWidth: Int, height newHeight: Int, _ interpolation: Interpolation = .bilinear,
    order: PassOrder = .pillow13
  ) -> Picture {
    precondition(newWidth > 0 && newHeight > 0, "\(newWidth)x\(newHeight) has no pixels")
    if newWidth == width && newHeight == height { return self }
    if interpolation == .nearest { return nearest(newWidth, newHeight) }
    let isVerticalFirst = order.isVerticalFirst(
      from: (width, height), to: (newWidth, newHeight))
    return isVerticalFirst
      ? resizedVertically(newHeight, interpolation).resizedHorizontally(newWidth, interpolation)
      : resizedHorizontally(newWidth, interpolation).resizedVertically(newHeight, interpolation)
  }

  private func resizedHorizontally(_ newWidth: Int, _ interpolation: Interpolation) -> Picture {
    guard newWidth != width else { return self }
    let windows = ResamplingWindows(from: width, to: newWidth, interpolation)
    var target = [UInt8](repeating: 0, count: height * newWidth * 3)
    // The loop over every pixel and weight: checks of bounds would double its time.
    windows.weights.withUnsafeBufferPointer { weights in
      // For the same reason.
      bytes.withUnsafeBufferPointer { source in
        // For the same reason.
        target.withUnsafeMutableBufferPointer { target in
          for y in 0..<height {
            for x in 0..<newWidth {
              let window = windows.windows[x]
              var place = (y * width + window.first) * 3
              var sums = SIMD4<Int32>(repeating: 1 << (ResamplingWindows.bits - 1))
              for index in window.weights..<window.weights + window.count {
                let weight = weights[index]
                let pixel = SIMD4(
                  Int32(source[place]), Int32(source[place + 1]), Int32(source[place + 2]), 0)
                sums &+= pixel &* weight
                place += 3
              }
              let result = (y * newWidth + x) * 3
              for channel in 0..<3 {
                target[result + channel] = ResamplingWindows.clamped(sums[channel])
              }
            }
          }
        }
      }
    }
    return Picture(width: newWidth, height: height, bytes: target)
  }

  private func resizedVertically(_ newHeight: Int, _ interpolation: Interpolation) -> Picture {
    guard newHeight != height else { return self }
    let windows = ResamplingWindows(from: height, to: newHeight, interpolation)
    let rowSize = width * 3
    var target = [UInt8](repeating: 0, count: newHeight * rowSize)
    var sums = [Int32](repeating: 0, count: rowSize)
    // As above; whole rows are added, so that the processor works on many bytes at once.
    bytes.withUnsafeBufferPointer { source in
      // For the same reason.
      target.withUnsafeMutableBufferPointer { target in
        // For the same reason.
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<newHeight {
            sums.update(repeating: 1 << (ResamplingWindows.bits - 1))
            let window = windows.windows[y]
            for step in 0..<window.count {
              let weight = windows.weights[window.weights + step]
              let row = (window.first + step) * rowSize
              for index in 0..<rowSize { sums[index] &+= Int32(source[row + index]) &* weight }
            }
            for index in 0..<rowSize {
              target[y * rowSize + index] = ResamplingWindows.clamped(sums[index])
            }
          }
        }
      }
    }
    return Picture(width: width, height: newHeight, bytes: target)
  }

  /// Pillow's nearest neighbour: positions are sums of the step, as its affine transform adds them.
  private func nearest(_ newWidth: Int, _ newHeight: Int) -> Picture {
    let columns = Picture.nearestPlaces(from: width, to: newWidth)
    let rows = Picture.nearestPlaces(from: height, to: newHeight)
    var target = Picture(width: newWidth, height: newHeight, filledWith: .black)
    for (y, row) in rows.enumerated() {
      for (x, column) in columns.enumerated() {
        // A sum may end just behind the last pixel; Pillow leaves that one black.
        if let row, let column { target[x, y] = self[column, row] }
      }
    }
    return target
  }

  private static func nearestPlaces(from length: Int, to newLength: Int) -> [Int?] {
    let step = Double(length) / Double(newLength)
    var position = step * 0.5
    return (0..<newLength).map { _ in
      defer { position += step }
      let place = Int(position)
      return place < length ? place : nil
    }
  }
}

/// For each new pixel of one axis, which old pixels it is made of and their weights.
struct ResamplingWindows {
  /// The old pixels of a new one, and where its weights begin.
  struct Window {
    let first: Int
    let count: Int
    let weights: Int
  }

  /// The bits behind the point of a weight.
  static let bits: Int32 = 22

  private(set) var windows: [Window] = []
  private(set) var weights: [Int32] = []

  init(from length: Int, to newLength: Int, _ interpolation: Interpolation) {
    let scale = Double(length) / Double(newLength)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    let step = 1 / filterScale
    windows.reserveCapacity(newLength)
    var exact: [Double] = []
    for index in 0..<newLength {
      let centre = (Double(index) + 0.5) * scale
      let first = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), length)
      exact.removeAll(keepingCapacity: true)
      var sum = 0.0
      for place in first..<max(end, first) {
        let weight = interpolation.weight((Double(place) - centre + 0.5) * step)
        exact.append(weight)
        sum += weight
      }
      windows.append(Window(first: first, count: exact.count, weights: weights.count))
      for weight in exact {
        let share = (sum != 0 ? weight / sum : weight) * Double(1 << ResamplingWindows.bits)
        weights.append(Int32(share < 0 ? share - 0.5 : share + 0.5))
      }
    }
  }

  static func clamped(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(sum >> bits, 0), 255))
  }
}
