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

  /// What the method needs of a network; checked before the first kernel runs.
  func needs(_ network: Graph) -> Needs

  /// One map for each target.
  /// - Parameters:
  ///   - targets: T targets.
  ///   - layer: the tapped layer.
  ///   - probe: the network with its images.
  /// - Throws: `ExplanationError` where the engine fails or a value is not finite.
  func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation
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
    /// A number in a range.
    case number(ClosedRange<Double>)
    /// `true` or `false`.
    case flag
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

/// Something about a map that its reader must know.
public struct Note: Sendable, Hashable {
  /// The target's place.
  public let target: Int
  /// One line.
  public let text: String

  /// A note.
  public init(target: Int, _ text: String) {
    self.target = target
    self.text = text
  }
}

/// The maps of a method, still on the device.
public struct Explanation: Sendable {
  /// `[T, 1, H, W]`: the finished maps, finite, in [0, 1] for this family of methods.
  public var maps: any ResidentTensor
  /// `[T, 1, u, v]` or `[T, 1, H, W]`: the maps before normalisation, where there are such.
  public var raw: (any ResidentTensor)?
  /// `[T, 2]`: minimum and maximum before the last normalisation.
  public var ranges: any ResidentTensor
  /// Finite checks, `[T, 1]` each, with the name of the tensor: not finite where that tensor is.
  public var checks: [(name: String, sums: any ResidentTensor)]
  /// Scores of masks, `[T, M]`, where the method makes some.
  public var scores: (any ResidentTensor)?
  /// `[T, M]` live masks (1 or 0), where the method makes masks.
  public var live: (any ResidentTensor)?
  /// What readers must know.
  public var notes: [Note]
  /// The passes of each target.
  public var passes: [Passes]

  /// An explanation.
  public init(
    maps: any ResidentTensor, raw: (any ResidentTensor)? = nil, ranges: any ResidentTensor,
    checks: [(name: String, sums: any ResidentTensor)] = [],
    scores: (any ResidentTensor)? = nil, live: (any ResidentTensor)? = nil,
    notes: [Note] = [], passes: [Passes]
  ) {
    self.maps = maps
    self.raw = raw
    self.ranges = ranges
    self.checks = checks
    self.scores = scores
    self.live = live
    self.notes = notes
    self.passes = passes
  }
}

/// What can go wrong while explaining.
public enum ExplanationError: Error, Sendable, CustomStringConvertible {
  /// The engine failed.
  case backend(BackendError)
  /// A formula does not fit the network.
  case graph(GraphError)
  /// A layer is not in the network.
  case unknownLayer(LayerName, nearest: [LayerName])
  /// A tensor holds NaN or infinity for a target.
  case notFinite(tensor: String, target: Int)
  /// The method cannot explain this network, and why.
  case unsuitable(String)

  /// One line.
  public var description: String {
    switch self {
    case .backend(let error): error.description
    case .graph(let error): error.description
    case .unknownLayer(let name, let nearest):
      nearest.isEmpty
        ? "\(name): no such layer"
        : "\(name): no such layer; nearest: \(nearest.map(\.text).joined(separator: ", "))"
    case .notFinite(let tensor, _): "\(tensor) hold NaN or infinity"
    case .unsuitable(let reason): reason
    }
  }
}
