import Jobs

/// The texts of some flags of a verb that trains.
struct FlagTexts {
  /// The flags that have a value, by their names without dashes.
  private var texts: [String: String] = [:]
  private let order: [String]

  /// Flags by their names without dashes, with what the command line gives them.
  init(_ given: KeyValuePairs<String, String?>, _ sources: TrainingSources) {
    order = given.map { $0.key }
    for (flag, text) in given { texts[flag] = sources.text(flag, text) }
  }

  /// The text of a flag; nil where it has none.
  subscript(flag: String) -> String? {
    get { texts[flag] }
    set { texts[flag] = newValue }
  }

  /// The flags as run.json keeps them.
  var members: [JSONValue.Member] { order.map { .init($0, .text(texts[$0])) } }
}
