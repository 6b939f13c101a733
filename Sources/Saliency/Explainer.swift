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

  /// How maps of several layers become one; nil where each layer has its own map.
  var fusion: Fusion? { get }

  /// Whether the method reads a layer of the network.
  ///
  /// One that does not runs once, however many layers are asked for.
  var readsLayer: Bool { get }

  /// How pictures show the map where it is a gradient of the input, unbounded and of both signs; nil
  /// where it is evidence already.
  var gradientDisplay: GradientDisplayStyle? { get }

  /// Whether raw values are derivatives of the target by the image, under whatever rules: times a
  /// change of the image they foretell the change of the target.
  var isDerivative: Bool { get }

  /// What of a map that is evidence is black in pictures, and what bright.
  var evidenceRange: EvidenceRange { get }

  /// Whether all targets of an image read the same passes, so that more of them cost nothing.
  var sharesPasses: Bool { get }

  /// What the method needs of a network; checked before the first kernel runs.
  func needs(_ network: Graph) -> Needs

  /// Why the method cannot explain this network at this layer; nil where it can.
  func obstacle(at layer: LayerName, in network: Graph) -> String?

  /// One map for each target.
  /// - Parameters:
  ///   - targets: T targets.
  ///   - layer: the tapped layer; methods without one pass over it.
  ///   - probe: the network with its images.
  /// - Returns: T maps with what readers must know of them.
  /// - Throws: `ExplanationError` where the engine fails or a value is not finite.
  func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation

  /// The evidence that the method will ask for, so that methods and layers can share one pass; nil
  /// where that is not known before.
  func query(_ targets: [Target], at layers: [LayerName]) -> Query?

  /// One map for each target, of all layers together, where the method fuses.
  /// - Throws: `ExplanationError` where the engine fails or a value is not finite.
  func explain(
    _ targets: [Target], at layers: [LayerName], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation
}

extension Explainer {
  /// Finished maps are drawn.
  public var isDrawnAtOnce: Bool { false }

  /// Each layer has its own map.
  public var fusion: Fusion? { nil }

  /// Any layer of channels x height x width will do.
  public func obstacle(at layer: LayerName, in network: Graph) -> String? { nil }

  /// Nothing is known before.
  public func query(_ targets: [Target], at layers: [LayerName]) -> Query? { nil }

  /// One map for each target, of all layers together, where the method fuses.
  ///
  /// Each layer's map is made and finished alone; then they are fused and min-maxed once more.
  /// - Throws: `ExplanationError` where the engine fails or a value is not finite.
  public func explain(
    _ targets: [Target], at layers: [LayerName], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    if layers.count > 1, fusion != nil, let query = query(targets, at: layers) {
      _ = try await probe.evidence(query)
    }
    var parts: [Explanation] = []
    for layer in layers { parts.append(try await explain(targets, at: layer, with: probe)) }
    return try await Fusion.explanation(
      parts, fusion, method: Self.name, targets: targets.count, with: probe)
  }

  /// A map for each layer.
  public var readsLayer: Bool { true }

  /// Every target has its own.
  public var sharesPasses: Bool { false }

  /// Maps are evidence.
  public var gradientDisplay: GradientDisplayStyle? { nil }

  /// Maps hold the image already, or are no values of it.
  public var isDerivative: Bool { false }

  /// Maps are in 0...1.
  public var evidenceRange: EvidenceRange { .unit }
}

/// What of a map is black in pictures, and what bright.
public enum EvidenceRange: Sendable, Hashable {
  /// 0 and 1: the map is finished.
  case unit
  /// Its minimum and its maximum: where its zero lies says nothing.
  case span
  /// 0 and the 99th percentile of its positive part, as few pixels stand out: what is negative is no
  /// evidence.
  case positive
}

/// How gradients of the input become values to look at, in the words of the `display` setting.
public enum GradientDisplayStyle: String, Sendable, Hashable, CaseIterable {
  /// Magnitudes, from their minimum to their 99th percentile.
  case grey99
  /// Both signs around grey, up to the 99th percentile.
  case signed99
  /// The colours of the gradient, as pytorch-grad-cam shows them.
  case deprocess
  /// Magnitudes, from their minimum to their maximum.
  case groupcam
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
    /// One or more numbers in a range, with commas between them.
    case numbers(ClosedRange<Double>)
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
  /// What a reader must know of the method on this network, before it runs; nil where nothing.
  public var note: String?

  /// Needs.
  public init(passes: Passes, obstacle: String? = nil, note: String? = nil) {
    self.passes = passes
    self.obstacle = obstacle
    self.note = note
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
