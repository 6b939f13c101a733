import Operators

extension Clusters {
  /// Lloyd's algorithm.
  ///
  /// Each vector goes to the nearest centre, then each centre to the mean of its vectors, until no
  /// vector changes. An empty cluster takes the vector that is farthest from its centre, of those
  /// that are not alone. The lowest index wins every tie.
  func kMeans(_ wanted: Int, seed: UInt64?) -> [Int] {
    let first = seed.map { drawnCentres(wanted, seed: $0) } ?? distantCentres(wanted)
    var centres = first.flatMap { values[$0 * length..<($0 + 1) * length] }
    var labels = [Int](repeating: -1, count: count)
    for _ in 0..<Self.roundsMaximum {
      var (next, distances) = assigned(to: centres, first.count)
      fillEmpty(&next, &distances, first.count)
      if next == labels { break }
      labels = next
      centres = means(labels, first.count)
    }
    return labels
  }

  /// The vector of largest norm, then always the one farthest from its nearest centre.
  private func distantCentres(_ wanted: Int) -> [Int] {
    let origin = [Double](repeating: 0, count: length)
    var distances = (0..<count).map { distance($0, to: origin) }
    var centres = [Self.largest(distances)]
    distances = (0..<count).map { distance($0, to: values, at: centres[0] * length) }
    while centres.count < wanted {
      let next = Self.largest(distances)
      guard distances[next] > 0 else { break }
      centres.append(next)
      lower(&distances, to: next)
    }
    return centres
  }

  /// The seeding of k-means++ (Arthur and Vassilvitskii 2007): the first centre uniformly, the
  /// others with a probability in proportion to the squared distance from the nearest centre.
  ///
  /// Draw n of the seed makes centre n: the first vector whose cumulative share exceeds it.
  private func drawnCentres(_ wanted: Int, seed: UInt64) -> [Int] {
    let random = Philox(seed: seed)
    var centres = [Int(random.integer(0, below: UInt32(clamping: count), stream: .clusters))]
    var distances = (0..<count).map { distance($0, to: values, at: centres[0] * length) }
    while centres.count < wanted {
      let total = distances.reduce(0, +)
      guard total > 0 else { break }
      let draw = random.uniform(UInt64(centres.count), stream: .clusters) * total
      var sum = 0.0
      let next = distances.firstIndex { share in
        sum += share
        return share > 0 && sum > draw
      }
      guard let next = next ?? distances.lastIndex(where: { $0 > 0 }) else { break }
      centres.append(next)
      lower(&distances, to: next)
    }
    return centres
  }

  private func lower(_ distances: inout [Double], to centre: Int) {
    for vector in 0..<count {
      distances[vector] = min(
        distances[vector], distance(vector, to: values, at: centre * length))
    }
  }

  private func assigned(to centres: [Double], _ clusters: Int) -> ([Int], [Double]) {
    var labels = [Int](repeating: 0, count: count)
    var nearest = [Double](repeating: .infinity, count: count)
    for vector in 0..<count {
      for cluster in 0..<clusters {
        let found = distance(vector, to: centres, at: cluster * length)
        if found < nearest[vector] { (nearest[vector], labels[vector]) = (found, cluster) }
      }
    }
    return (labels, nearest)
  }

  private func fillEmpty(_ labels: inout [Int], _ distances: inout [Double], _ clusters: Int) {
    var sizes = [Int](repeating: 0, count: clusters)
    for label in labels { sizes[label] += 1 }
    for cluster in 0..<clusters where sizes[cluster] == 0 {
      var farthest: Int?
      for vector in 0..<count where sizes[labels[vector]] > 1 {
        if let best = farthest, distances[vector] <= distances[best] { continue }
        farthest = vector
      }
      guard let farthest else { return }
      sizes[labels[farthest]] -= 1
      sizes[cluster] = 1
      labels[farthest] = cluster
      distances[farthest] = 0
    }
  }

  /// The mean of each cluster, vectors in order.
  private func means(_ labels: [Int], _ clusters: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: clusters * length)
    var sizes = [Int](repeating: 0, count: clusters)
    for (vector, label) in labels.enumerated() {
      sizes[label] += 1
      for place in 0..<length { sums[label * length + place] += values[vector * length + place] }
    }
    for cluster in 0..<clusters where sizes[cluster] > 0 {
      for place in 0..<length { sums[cluster * length + place] /= Double(sizes[cluster]) }
    }
    return sums
  }

  /// The first of the largest.
  private static func largest(_ numbers: [Double]) -> Int {
    numbers.indices.dropFirst().reduce(0) { numbers[$1] > numbers[$0] ? $1 : $0 }
  }
}
