import ArgumentParser
import Jobs
import Saliency

/// Turns a command line that cannot be parsed into one line that says what to type instead.
enum Usage {
  /// Flags that may stand several times.
  private static let repeatable: Set<String> = [
    "--method", "--set", "--target", "-t", "--layer", "--save", "--metric", "--sweep",
    "--freeze", "-v", "-q",
  ]

  /// The names of all verbs.
  static let verbs = SalientCommand.configuration.subcommands.compactMap {
    $0.configuration.commandName
  }

  /// A flag of one verb.
  struct Flag {
    let names: [String]
    let takesValue: Bool
  }

  /// The failure behind an error of the parser.
  static func failure(_ words: [String], _ error: any Error) -> Failure {
    let place = words.firstIndex { !$0.hasPrefix("-") || $0 == "-" } ?? words.endIndex
    if let flag = words[..<place].first(where: { name(of: $0) != "--version" }) {
      return unknownFlag(flag, among: ["--version", "--help"])
    }
    guard place < words.endIndex else {
      return Failure(.usage, words.first ?? "", firstLine(SalientCommand.message(for: error)))
    }
    let word = words[place]
    let rest = Array(words[(place + 1)...])
    guard verbs.contains(word) else {
      return unknownVerb(word == "help" ? rest.first ?? word : word)
    }
    let flags = flags(of: word)
    return unknownFlag(in: rest, flags) ?? missingValue(in: rest, flags)
      ?? surplusValue(in: rest, flags) ?? surplusWord(in: rest, flags, word)
  }

  /// Help of a verb leads with two examples; everything else is said as the parser has it.
  static func help(_ words: [String], _ error: any Error) -> String {
    let text = SalientCommand.fullMessage(for: error)
    guard text.hasPrefix("OVERVIEW"),
      let verb = words.lazy.compactMap(verb(named:)).first
        ?? (SalientCommand.self as (any Verb.Type)?)
    else { return text + "\n" }
    let examples = verb.examples.map { "  \($0)\n" }.joined()
    return "EXAMPLES:\n\(examples)\n\(text)\n"
  }

  private static func verb(named name: String) -> (any Verb.Type)? {
    let commands = SalientCommand.configuration.subcommands
    return commands.first { $0.configuration.commandName == name } as? any Verb.Type
  }

  /// The flags of a verb, as the parser knows them.
  private static func flags(of verb: String) -> [Flag] {
    let command = commands.first { $0["commandName"]?.string == verb }
    var known = [Flag(names: ["--help", "-h"], takesValue: false)]
    for argument in command?["arguments"]?.array ?? [] {
      let names = (argument["names"]?.array ?? []).compactMap { name in
        name["name"]?.string.map { (name["kind"]?.string == "long" ? "--" : "-") + $0 }
      }
      guard !names.isEmpty else { continue }
      known.append(Flag(names: names, takesValue: argument["kind"]?.string == "option"))
    }
    return known
  }

  /// What the parser says of all verbs.
  private static let commands: [JSONValue] = {
    do {
      _ = try SalientCommand.parseAsRoot(["--experimental-dump-help"])
      return []
    } catch {
      let dump = JSONValue(parsing: SalientCommand.fullMessage(for: error).utf8)
      return dump?["command"]?["subcommands"]?.array ?? []
    }
  }()

  /// Refuses a flag that stands twice where one value counts.
  static func checkRepetitions(_ words: [String]) throws(Failure) {
    var seen: Set<String> = []
    for word in words.prefix(while: { $0 != "--" }) where word.hasPrefix("-") && word != "-" {
      let flag = canonical(name(of: word))
      guard seen.insert(flag).inserted || repeatable.contains(flag) else {
        throw Failure(.usage, flag, "stands twice", try: "give it once")
      }
    }
  }

  // MARK: - Findings

  private static func unknownVerb(_ word: String) -> Failure {
    Failure(
      .usage, word, "no such verb",
      try: Spelling.question(word, verbs) ?? "salient alone lists them")
  }

  private static func unknownFlag(in words: [String], _ flags: [Flag]) -> Failure? {
    for (_, word) in flagWords(words, flags) {
      let name = name(of: word)
      guard !flags.contains(where: { $0.names.contains(name) }) else { continue }
      return unknownFlag(name, among: flags.flatMap(\.names))
    }
    return nil
  }

  private static func unknownFlag(_ word: String, among known: [String]) -> Failure {
    let flag = name(of: word)
    let owners = verbs.filter { flags(of: $0).contains { $0.names.contains(flag) } }
    guard owners.isEmpty else {
      return Failure(
        .usage, flag, "no such flag",
        try: "it is one of salient \(owners.joined(separator: ", salient "))")
    }
    let long = known.filter { $0.hasPrefix("--") }
    return Failure(
      .usage, flag, "no such flag",
      try: Spelling.question(flag, long) ?? "--help lists all of this verb")
  }

  private static func missingValue(in words: [String], _ flags: [Flag]) -> Failure? {
    for (_, word) in flagWords(words, flags) where word.hasSuffix("=") {
      let flag = name(of: word)
      guard flags.contains(where: { $0.names.contains(flag) && $0.takesValue }) else { continue }
      return Failure(.usage, flag, "its value is missing", try: "write \(flag)=VALUE")
    }
    for (place, word) in flagWords(words, flags) where !word.contains("=") {
      guard let flag = flags.first(where: { $0.names.contains(word) }), flag.takesValue else {
        continue
      }
      let next = place + 1 < words.count ? words[place + 1] : nil
      if next.map({ $0.hasPrefix("-") && $0 != "-" }) ?? true {
        return Failure(
          .usage, word, "its value is missing",
          try: "a value that begins with - is written \(canonical(word))=VALUE")
      }
    }
    return nil
  }

  private static func surplusValue(in words: [String], _ flags: [Flag]) -> Failure? {
    for (_, word) in flagWords(words, flags) where word.contains("=") {
      let name = name(of: word)
      if flags.contains(where: { $0.names.contains(name) && !$0.takesValue }) {
        return Failure(.usage, name, "takes no value", try: "write \(name) alone")
      }
    }
    return nil
  }

  private static func surplusWord(
    in words: [String], _ flags: [Flag], _ verb: String
  ) -> Failure {
    let places = Set(
      flagWords(words, flags).flatMap { found in
        let flag = flags.first { $0.names.contains(found.word) }
        return flag?.takesValue == true ? [found.place, found.place + 1] : [found.place]
      })
    let plain = words.indices.filter { !places.contains($0) }.map { words[$0] }
    let surplus = plain.dropFirst().first ?? plain.first ?? verb
    return Failure(
      .usage, surplus, "one too many for salient \(verb)",
      try: "salient \(verb) --help shows two examples")
  }

  /// The words that are flags, with their places; values of flags are left out.
  private static func flagWords(
    _ words: [String], _ flags: [Flag]
  ) -> [(place: Int, word: String)] {
    var found: [(place: Int, word: String)] = []
    var isValue = false
    for (place, word) in words.enumerated() {
      if word == "--" { break }
      // A negative number is no flag.
      let isFlag = word.hasPrefix("-") && word != "-" && Double(word) == nil
      if isValue, !isFlag {
        isValue = false
        continue
      }
      guard isFlag else { continue }
      found.append((place, word))
      let flag = flags.first { $0.names.contains(word) }
      isValue = flag?.takesValue ?? false
    }
    return found
  }

  /// `--model` of `--model=a.onnx`.
  private static func name(of word: String) -> String {
    word.firstIndex(of: "=").map { String(word[..<$0]) } ?? word
  }

  private static func canonical(_ flag: String) -> String {
    ["-m": "--model", "-t": "--target"][flag] ?? flag
  }

  private static func firstLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "cannot be understood"
  }
}
