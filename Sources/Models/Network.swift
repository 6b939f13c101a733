import Graphs
import Tensors

/// A network as its file states it: what is computed, its weights, and its names.
///
/// The graph has one input, the normalised image `[1, C, H, W]`, whose leading axis counts rows.
public struct Network: Sendable {
  /// What a file puts behind its logits; it is taken off, so that scores and gradients see logits.
  public enum Terminal: String, Sendable, Hashable {
    /// A softmax over the classes; a logarithm behind it is taken off too.
    case softmax
    /// A sigmoid of each class.
    case sigmoid
    /// Nothing that is known.
    case none
  }

  /// One output of the network.
  public struct Output: Sendable, Hashable {
    /// The name in the file.
    public let name: String
    /// Its value: logits `[1, K]` where there are classes, else the output as it is.
    public let value: Value
    /// Its value exactly as the file gives it.
    public let fileValue: Value
    /// What stood behind the logits.
    public let terminal: Terminal
    /// The number of classes, or nil where the output is no list of numbers.
    public let classCount: Int?

    init(
      name: String, value: Value, fileValue: Value, terminal: Terminal, classCount: Int?
    ) {
      self.name = name
      self.value = value
      self.fileValue = fileValue
      self.terminal = terminal
      self.classCount = classCount
    }
  }

  /// What is computed; its outputs are those of `outputs`, in their order.
  public let graph: Graph
  /// The weights by name, as far as the graph uses them.
  public let weights: [ParameterName: any WeightSource]
  /// The outputs in the order of the file; at least one.
  public let outputs: [Output]
  /// Whether the file fixes height and width; else the graph was built for the size asked for.
  public let isSizeFixed: Bool
  /// What the file states about itself, by key.
  public let metadata: [String: String]
  /// The program that wrote the file; empty where it does not say.
  public let producer: String
  /// What was read otherwise than it is written, one sentence each.
  public let notes: [String]

  /// The image input.
  public var image: Value { graph.inputs[0] }

  /// The shape of one image, `[C, H, W]`.
  public var imageShape: Shape { graph[image].shape.row }

  /// The first output with classes, else the first.
  public var logits: Output { Self.logits(of: outputs) ?? outputs[0] }

  static func logits(of outputs: [Output]) -> Output? {
    outputs.first { $0.classCount != nil } ?? outputs.first
  }

  /// The number of classes, or nil where no output is a list of numbers.
  public var classCount: Int? { logits.classCount }

  /// What is explained: the logits first, where there are such, then every output as the file has
  /// it.
  public var explained: Graph {
    let files = outputs.map(\.fileValue)
    return graph.with(outputs: (classCount == nil ? [] : [logits.value]) + files)
  }

  /// The place of each output of the file among those of `explained`.
  public func explainedPlace(of output: Int) -> Int { output + (classCount == nil ? 0 : 1) }

  /// The number of weights.
  public var parameterCount: Int { weights.values.reduce(0) { $0 + $1.shape.elementCount } }

  /// The labels that the file states, one a class; nil where it states none that fit.
  public var labels: [String]? {
    for key in ["labels", "names", "classes", "class_names"] {
      guard let text = metadata[key], let count = classCount else { continue }
      if let labels = LabelText.labels(in: text), labels.count == count { return labels }
    }
    return nil
  }
}
