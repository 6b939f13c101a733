/// Vectors that fall into clusters; in double precision on the host.
///
/// Labels are numbered by the smallest member of each cluster. Where there are fewer different
/// vectors than clusters asked for, there are as many clusters as different vectors.
package struct Clusters: Sendable {
  /// How clusters are found.
  package enum Way: Sendable, Hashable {
    /// Lloyd's iterations from first centres that lie far apart, or are drawn with a seed.
    case kMeans(seed: UInt64?)
    /// Ward's merging of the nearest two, from single vectors on.
    case ward
  }

  /// The rounds after which k-means stops in any case.
  package static let roundsMaximum = 300

  /// The vectors, one behind the other.
  let values: [Double]
  /// The numbers of a vector.
  let length: Int
  /// How many vectors there are.
  package let count: Int

  /// Vectors of one length.
  /// - Precondition: `values` holds whole vectors of at least one number.
  package init(_ values: [Double], length: Int) {
    precondition(length > 0 && values.count % length == 0, "\(values.count) is no \(length)s")
    self.values = values
    self.length = length
    count = values.count / length
  }

  /// The cluster of each vector, from 0; all 0 where a number is not finite.
  package func labels(_ wanted: Int, by way: Way) -> [Int] {
    guard count > 0, wanted > 1, values.allSatisfy(\.isFinite) else {
      return [Int](repeating: 0, count: count)
    }
    switch way {
    case .kMeans(let seed): return Self.ordered(kMeans(wanted, seed: seed))
    case .ward: return Self.ordered(ward(wanted))
    }
  }

  /// Σ (a − b)², the numbers in order.
  func distance(_ vector: Int, to point: [Double], at start: Int = 0) -> Double {
    var sum = 0.0
    for place in 0..<length {
      let step = values[vector * length + place] - point[start + place]
      sum += step * step
    }
    return sum
  }

  /// The same partition with labels in the order of first members.
  static func ordered(_ labels: [Int]) -> [Int] {
    var names: [Int: Int] = [:]
    return labels.map { label in
      if let name = names[label] { return name }
      names[label] = names.count
      return names.count - 1
    }
  }
}
