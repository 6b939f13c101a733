import Execution
import Graphs

/// An explanation method: one file, one line in the catalogue.
public protocol Explainer: Sendable {
  /// The method's name on the command line, `group-cam`.
  static var name: String { get }
  /// The paper, the equations used, and where this differs from them.
  static var citation: Citation { get }
  /// What can be set, with defaults: feeds the settings of a run, its help, and sweeps.
  static var settings: [Setting] { get }

  /// A method with some settings changed from their defaults.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  init(settings: [String: String]) throws(SettingError)

  /// Every setting with the value in force, in the order of `settings`.
  var resolvedSettings: [(name: String, value: String)] { get }

  /// Whether pictures show the raw map, brought to their own size in one step, and not the finished
  /// one, which has the size of the network's input.
  var isDrawnAtOnce: Bool { get }

  /// What the method needs of a network; checked before the first kernel runs.
  func needs(_ network: Graph) -> Needs

  /// One map for each target.
  /// - Parameters:
  ///   - targets: T targets.
  ///   - layer: the tapped layer.
  ///   - probe: the network with its images.
  /// - Returns: T maps with what readers must know of them.
  /// - Throws: `ExplanationError` where the engine fails or a value is not finite.
  func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation
}

extension Explainer {
  /// Finished maps are drawn.
  public var isDrawnAtOnce: Bool { false }
}

/// Where a method comes from.
public struct Citation: Sendable, Hashable {
  /// Authors, title, year.
  public let paper: String
  /// The equations that are computed, one a line.
  public let equations: [String]
  /// Where paper and code differ from this, one a line.
  public let deviations: [String]

  /// A citation.
  public init(paper: String, equations: [String], deviations: [String] = []) {
    self.paper = paper
    self.equations = equations
    self.deviations = deviations
  }
}

/// Something that can be set for a method.
public struct Setting: Sendable, Hashable {
  /// The values that a setting takes.
  public enum Domain: Sendable, Hashable {
    /// One of these words.
    case choice([String])
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// An odd number in a range.
    case oddInteger(ClosedRange<Int>)
    /// A number in a range.
    case number(ClosedRange<Double>)
    /// `true` or `false`.
    case flag
    /// `input`, or the name of a layer.
    case layer
  }

  /// Its name, without the method's.
  public let name: String
  /// Its default.
  public let defaultValue: String
  /// The values it takes.
  public let domain: Domain
  /// What it does, in one line.
  public let summary: String

  /// A setting.
  public init(_ name: String, default value: String, _ domain: Domain, _ summary: String) {
    self.name = name
    self.defaultValue = value
    self.domain = domain
    self.summary = summary
  }
}

/// A setting that a method does not take.
public struct SettingError: Error, Hashable, CustomStringConvertible {
  /// The setting.
  public let setting: String
  /// What is wrong with it, and what would do.
  public let reason: String

  /// An error.
  public init(_ setting: String, _ reason: String) {
    self.setting = setting
    self.reason = reason
  }

  /// One line.
  public var description: String { "\(setting): \(reason)" }
}

/// What a method asks of a network and what it costs: the passes of one target, masks all live.
public struct Needs: Sendable, Hashable {
  /// The passes, with every mask live.
  public var passes: Passes
  /// Why the method cannot explain this network; nil where it can.
  public var obstacle: String?

  /// Needs.
  public init(passes: Passes, obstacle: String? = nil) {
    self.passes = passes
    self.obstacle = obstacle
  }
}

/// Passes through a network, counted per image and target as if nothing were shared.
public struct Passes: Sendable, Hashable {
  /// Full forward passes.
  public var forwards: Int
  /// Passes from the tap to the output.
  public var tails: Int
  /// Backward passes.
  public var backwards: Int

  /// So many passes.
  public init(forwards: Int = 0, tails: Int = 0, backwards: Int = 0) {
    self.forwards = forwards
    self.tails = tails
    self.backwards = backwards
  }
}
