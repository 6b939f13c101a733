import Jobs

extension Failure {
  /// The failure as one rank tells it to others.
  var bytes: [UInt8] {
    let parts: JSONValue = [.integer(kind.rawValue), .string(place), .string(what), .text(hint)]
    return Array(parts.description.utf8)
  }

  /// The failure that a rank tells; one that another rank met says whose it is.
  init(bytes: some Sequence<UInt8>, from rank: Int) {
    let parts = JSONValue(parsing: bytes)?.array ?? []
    guard parts.count == 4, let kind = parts[0].integer.flatMap({ Kind(rawValue: $0) }),
      let place = parts[1].string, let what = parts[2].string
    else {
      self.init(.ours, "rank \(rank)", "says something that is no failure")
      return
    }
    let owner = rank == 0 || kind == .interrupted ? "" : "rank \(rank)"
    let places = [owner, place].filter { !$0.isEmpty }
    self.init(kind, places.joined(separator: ", "), what, try: parts[3].string)
  }

  /// The failure of ranks that do not train the same.
  static func differs(_ rank: Int) -> Failure {
    Failure(
      .content, "rank \(rank)",
      "has another version, model, set of pictures, state or flags than rank 0",
      try: "give all ranks the same files and flags")
  }
}
