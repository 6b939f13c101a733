import Jobs

extension DeviceChoice {
  /// What one of several processes of a machine computes on.
  ///
  /// `auto` and `all` are all GPUs, or all CPU devices where there is none; several words are a list of
  /// devices. Process i takes the i-th of them, from the first again where there are fewer.
  /// - Throws: `Failure` for a word that names no device.
  public init(_ word: String, at place: RankEnvironment) throws(Failure) {
    let words = word.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    switch (words.count, word.lowercased()) {
    case (1, "auto"), (1, "all"): self = .turn(place.localRank)
    default: try self.init(words[place.localRank % words.count])
    }
  }
}
