import Execution
import Graphs
import Tensors

/// A network that can be explained: one batch of images in, tensors of the same rows out.
///
/// The first output that is a vector holds the classes. Where none is, only expressions over the
/// outputs can be explained.
struct NetworkLayout: Sendable {
  let graph: Graph
  let image: Value
  /// The vector of classes; where there is none, the first output, of which no class can be asked.
  let logits: Value
  /// Whether an output is a vector of classes.
  let hasClasses: Bool

  /// Checks the inputs and outputs of a network.
  /// - Throws: `ExplanationError.unsuitable` where they are not one image and tensors of its rows.
  init(_ graph: Graph) throws(ExplanationError) {
    guard graph.inputs.count == 1, let image = graph.inputs.first,
      graph[image].shape.rank == 4, graph[image].rows == .rows
    else {
      throw .unsuitable(
        "the network takes \(graph.inputs.count) inputs; one batch of images is needed")
    }
    let vector = graph.outputs.first { graph[$0].shape.rank == 2 && graph[$0].rows == .rows }
    guard let logits = vector ?? graph.outputs.first,
      graph.outputs.allSatisfy({ graph[$0].rows == .rows })
    else {
      throw .unsuitable("the network gives nothing of its own for each image")
    }
    self.graph = graph
    self.image = image
    self.logits = logits
    hasClasses = vector != nil
  }

  /// `[1, C, H, W]`.
  var imageShape: Shape { graph[image].shape }
  /// The number of outputs that are classes, K; 1 where there are none, so that tables have a column.
  var classes: Int { hasClasses ? graph[logits].shape[1] : 1 }
  /// The shapes of all outputs for one image.
  var outputShapes: [Shape] { graph.outputs.map { graph[$0].shape.row } }

  /// The value that a layer name stands for.
  /// - Throws: `GraphError.unsuitable` where there is none; names are checked before.
  func value(of layer: LayerName) throws(GraphError) -> Value {
    guard let value = graph.value(of: layer) else { throw .unsuitable("\(layer): no such layer") }
    return value
  }
}

extension LayerName {
  /// The image that the network takes, whatever its tensors are called.
  public static let image: LayerName = "the image"
}

extension Graph {
  /// The value that a layer name stands for: a tensor of that name, else a module's last tensor;
  /// `input` is the image where nothing else has that name, and `image` always.
  public func value(of layer: LayerName) -> Value? {
    if layer == .image { return inputs.first }
    let named = taps.filter { $0.name == layer }
    let tap = named.first { $0.kind == .tensor } ?? named.first
    return tap?.value ?? (layer == .input ? inputs.first : nil)
  }

  /// The height and width of a layer's activations.
  /// - Throws: `unknownLayer` where the name is unknown, `unsuitable` where it is no stack of maps.
  public func activationShape(of layer: LayerName) throws(ExplanationError) -> Shape {
    guard let value = value(of: layer) else {
      let names = Spelling.nearest(to: layer.text, among: taps.map(\.name.text))
      throw .unknownLayer(layer, nearest: names.map { LayerName($0) })
    }
    let node = self[value]
    guard node.shape.rank == 4, node.rows == .rows else {
      throw .unsuitable(
        "\(layer) is \(node.shape.row) for an image; a layer of channels x height x width is"
          + " needed")
    }
    return node.shape
  }
}
