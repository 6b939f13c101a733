extension Clusters {
  /// Ward's algorithm (1963).
  ///
  /// The pair whose merging raises the sum of squared distances from the means least is merged,
  /// n_a·n_b/(n_a + n_b) · |mean_a − mean_b|², until so many clusters are left. The smallest first index, then the smallest second one wins a tie.
  ///
  /// Equal vectors merge at no cost: they are merged even where more clusters were asked for.
  func ward(_ wanted: Int) -> [Int] {
    var state = WardState(self)
    var left = count
    while left > 1, let pair = state.cheapest(), left > wanted || pair.cost == 0 {
      state.merge(pair.first, pair.second)
      left -= 1
    }
    return state.labels
  }
}

/// The clusters of Ward's algorithm on the way; a cluster is named by its smallest member.
private struct WardState {
  private let length: Int
  private var means: [Double]
  private var sizes: [Int]
  /// The clusters that are left, ascending.
  private var alive: [Int]
  /// For each cluster the cheapest one behind it; nil where there is none.
  private var nearest: [(second: Int, cost: Double)?]
  private(set) var labels: [Int]

  init(_ vectors: Clusters) {
    length = vectors.length
    means = vectors.values
    sizes = [Int](repeating: 1, count: vectors.count)
    alive = Array(0..<vectors.count)
    labels = alive
    nearest = [(second: Int, cost: Double)?](repeating: nil, count: vectors.count)
    for first in alive { nearest[first] = search(from: first) }
  }

  func cheapest() -> (first: Int, second: Int, cost: Double)? {
    var best: (first: Int, second: Int, cost: Double)?
    for first in alive {
      guard let found = nearest[first], found.cost < best?.cost ?? .infinity else { continue }
      best = (first, found.second, found.cost)
    }
    return best
  }

  mutating func merge(_ first: Int, _ second: Int) {
    let (a, b) = (Double(sizes[first]), Double(sizes[second]))
    for place in 0..<length {
      let sum = a * means[first * length + place] + b * means[second * length + place]
      means[first * length + place] = sum / (a + b)
    }
    sizes[first] += sizes[second]
    alive.removeAll { $0 == second }
    for vector in labels.indices where labels[vector] == second { labels[vector] = first }
    for cluster in alive {
      if cluster >= second { break }
      if cluster == first {
        nearest[cluster] = search(from: cluster)
      } else if let known = nearest[cluster], known.second == first || known.second == second {
        nearest[cluster] = search(from: cluster)
      } else if cluster < first {
        let found = cost(cluster, first)
        guard let known = nearest[cluster] else { continue }
        if found < known.cost || (found == known.cost && first < known.second) {
          nearest[cluster] = (first, found)
        }
      }
    }
  }

  private func search(from first: Int) -> (second: Int, cost: Double)? {
    var best: (second: Int, cost: Double)?
    for second in alive.reversed() {
      if second <= first { break }
      let found = cost(first, second)
      if found <= best?.cost ?? .infinity { best = (second, found) }
    }
    return best
  }

  private func cost(_ first: Int, _ second: Int) -> Double {
    var sum = 0.0
    for place in 0..<length {
      let step = means[first * length + place] - means[second * length + place]
      sum += step * step
    }
    let (a, b) = (Double(sizes[first]), Double(sizes[second]))
    return a * b / (a + b) * sum
  }
}
