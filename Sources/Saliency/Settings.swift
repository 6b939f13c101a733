/// The settings of one method: what was given, checked, over what it declares.
public struct Settings: Sendable, Hashable {
  private let method: String
  private let declared: [Setting]
  private let given: [String: String]
  private var defaults: [String: String]

  /// Checks given settings against declared ones.
  /// - Parameters:
  ///   - given: names and values as written by the user; they win over every default.
  ///   - declared: the settings that the method takes.
  ///   - method: the method's name, for errors.
  /// - Throws: `SettingError` where a name is unknown or a value outside its domain.
  public init(
    _ given: [String: String], of declared: [Setting], method: String
  ) throws(SettingError) {
    self.method = method
    self.declared = declared
    self.given = given
    self.defaults = [:]
    for name in given.keys.sorted() {
      let full = "\(method).\(name)"
      guard let setting = declared.first(where: { $0.name == name }) else {
        let names = declared.map(\.name)
        throw SettingError(
          full,
          "no such setting" + Spelling.suggestion(for: name, among: names)
            + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"))
      }
      if let complaint = setting.domain.complaint(about: given[name, default: ""]) {
        throw SettingError(full, complaint)
      }
    }
  }

  /// Replaces defaults that another setting decides.
  public mutating func setDefaults(_ values: [String: String]) {
    defaults.merge(values) { _, new in new }
  }

  /// The value in force.
  /// - Precondition: the setting is declared.
  public func text(_ name: String) -> String {
    guard let setting = declared.first(where: { $0.name == name }) else {
      preconditionFailure("\(method) declares no \(name)")
    }
    return given[name] ?? defaults[name] ?? setting.defaultValue
  }

  /// Whether the user gave the setting.
  public func isGiven(_ name: String) -> Bool { given[name] != nil }

  /// The value in force as a number; settings of another kind are 0.
  public func number(_ name: String) -> Double { Double(text(name)) ?? 0 }

  /// The value in force as a list of numbers; a setting of another kind is one or none.
  public func numbers(_ name: String) -> [Double] {
    text(name).split(separator: ",").compactMap { Double($0) }
  }

  /// The value in force as a whole number; settings of another kind are 0.
  public func integer(_ name: String) -> Int { Int(text(name)) ?? 0 }

  /// The value in force as a flag.
  public func flag(_ name: String) -> Bool { text(name) == "true" }

  /// The value in force as one of an enumeration's words.
  /// - Precondition: the words of the setting are those of the enumeration.
  public func choice<Choice: RawRepresentable<String>>(
    _ name: String, as type: Choice.Type = Choice.self
  ) -> Choice {
    guard let choice = Choice(rawValue: text(name)) else {
      preconditionFailure("\(method).\(name): \(text(name)) is not one of \(type)")
    }
    return choice
  }

  /// Every setting with the value in force, in the order of declaration.
  public var resolved: [(name: String, value: String)] {
    declared.map { ($0.name, text($0.name)) }
  }
}

extension Setting.Domain {
  /// What is wrong with a value and what would do; nil where it fits.
  func complaint(about value: String) -> String? {
    switch self {
    case .choice(let words):
      guard !words.contains(value) else { return nil }
      let list = words.joined(separator: ", ")
      return "'\(value)' is not one of \(list)" + Spelling.suggestion(for: value, among: words)
    case .integer(let range):
      guard let number = Int(value) else { return "'\(value)' is not a whole number in \(range)" }
      return range.contains(number) ? nil : "\(value) is outside \(range)"
    case .oddInteger(let range):
      guard let number = Int(value), number % 2 != 0 else {
        return "'\(value)' is not an odd number in \(range)"
      }
      return range.contains(number) ? nil : "\(value) is outside \(range)"
    case .number(let range):
      guard let number = Double(value), !number.isNaN else {
        return "'\(value)' is not a number in \(range.plain)"
      }
      return range.contains(number) ? nil : "\(value) is outside \(range.plain)"
    case .numbers(let range):
      let parts = value.split(separator: ",", omittingEmptySubsequences: false)
      for part in parts {
        guard let number = Double(part), !number.isNaN else {
          return "'\(value)' is not a list of numbers in \(range.plain) with commas between them"
        }
        guard range.contains(number) else { return "\(part) is outside \(range.plain)" }
      }
      return nil
    case .flag:
      return ["true", "false"].contains(value) ? nil : "'\(value)' is neither true nor false"
    case .layer:
      return value.isEmpty ? "input or the name of a layer is needed" : nil
    }
  }

  /// The values as help prints them.
  public var description: String {
    switch self {
    case .choice(let words): words.joined(separator: "|")
    case .integer(let range): "\(range)"
    case .oddInteger(let range): "odd, \(range)"
    case .number(let range): range.plain
    case .numbers(let range): "numbers in \(range.plain), with commas"
    case .flag: "true|false"
    case .layer: "input, or a layer's name"
    }
  }
}

extension ClosedRange<Double> {
  /// `0...10`, `0.5...1`: whole bounds without a point.
  package var plain: String {
    [lowerBound, upperBound].map { bound in
      let text = "\(bound)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }.joined(separator: "...")
  }
}

extension Setting {
  /// A setting that takes the words of an enumeration; the first is the default.
  package static func words<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Choice.Type, _ summary: String
  ) -> Setting {
    let words = type.allCases.map(\.rawValue)
    return Setting(name, default: words.first ?? "", .choice(words), summary)
  }
}
