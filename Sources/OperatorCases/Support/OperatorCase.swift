import Graphs
import Operators
import Tensors

/// A small graph with its inputs, made to be computed twice and compared.
///
/// Tests, `verify` and `bench` read the same cases. A case is deterministic: its values follow from
/// its name alone.
public struct OperatorCase: Sendable, CustomStringConvertible {
  /// What kind of computation a case belongs to: the sections of a report.
  public enum Family: String, Sendable, Hashable, CaseIterable {
    /// One input, element by element.
    case pointwise
    /// Several inputs, element by element.
    case broadcasting
    /// Windows with weights.
    case convolution
    /// Fully connected layers and normalisation.
    case linear
    /// Windows without weights.
    case pooling
    /// Elements moved and not changed.
    case shape
    /// Many elements to one.
    case reduction
    /// Resampling and filters.
    case image
    /// The arithmetic of explanations.
    case maps
    /// Several nodes that an engine may compute in one step.
    case fused
  }

  /// The operator that the case is about, or the pattern of a fused case.
  public let operatorName: String
  /// What is awkward about it.
  public let title: String
  /// The kind of computation.
  public let family: Family
  /// The computation, one to four nodes; a fused pattern may have eight.
  public let graph: Graph
  /// How many rows each axis has.
  public let rows: [RowAxis: Int]
  /// The limit of `ErrorMetrics.normalised` for every output; 0 where elements are only moved.
  public let tolerance: Double
  /// The inputs and weights whose gradients are compared with central differences.
  public let differentiated: [Value]
  let operands: [Operand]

  /// `conv2d: 3x3, stride 2, 17 channels`.
  public var name: String { "\(operatorName): \(title)" }

  /// The name.
  public var description: String { name }

  /// The number of rows that an executable needs to run the case.
  public var capacity: Int { rows.values.max() ?? 1 }

  /// The arithmetic of the case, all rows counted.
  public var operationCount: Int {
    graph.nodes.reduce(0) { sum, node in
      let inputs = node.inputs.map {
        graph[$0].shape(rows: graph[$0].rows.flatMap { rows[$0] } ?? 1)
      }
      return sum + (node.operation?.cost(inputs).floatingPointOperations ?? 0)
    }
  }

  /// The limit for gradients, whose graphs have more nodes.
  public var gradientTolerance: Double { max(4 * tolerance, 4e-6) }

  /// A case of several nodes.
  /// - Parameters:
  ///   - family: the kind of computation.
  ///   - operatorName: the operator or the pattern.
  ///   - title: what is awkward about it; unique within the operator.
  ///   - operands: the inputs and weights.
  ///   - rows: how many rows the axis `rows` has, where an operand has rows.
  ///   - others: how many rows other axes have.
  ///   - tolerance: the limit of the normalised error.
  ///   - body: makes the outputs from the operands.
  init(
    _ family: Family, _ operatorName: String, _ title: String, _ operands: [Operand],
    rows: Int = 2, others: [RowAxis: Int] = [:], tolerance: Double = Self.singlePrecision,
    body: (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) {
    self.family = family
    self.operatorName = operatorName
    self.title = title
    self.operands = operands
    self.rows = others.merging([.rows: rows]) { $1 }
    self.tolerance = tolerance
    var builder = GraphBuilder()
    let values = operands.map { $0.add(to: &builder) }
    self.differentiated = zip(values, operands).filter { $1.isDifferentiated }.map { $0.0 }
    do throws(GraphError) {
      self.graph = try builder.finish(outputs: body(&builder, values))
    } catch {
      preconditionFailure("\(operatorName): \(title): \(error)")
    }
  }

  /// A case of one node.
  init(
    _ family: Family, _ title: String, _ operation: some Operator, _ operands: [Operand],
    rows: Int = 2, others: [RowAxis: Int] = [:], tolerance: Double = Self.singlePrecision
  ) {
    self.init(
      family, operation.name, title, operands, rows: rows, others: others, tolerance: tolerance
    ) { builder, values throws(GraphError) in [try builder.add(operation, values)] }
  }

  /// The usual limit: about 17 roundings of the largest element.
  static let singlePrecision = 2e-6

  /// The limit for sums of so many products: roundings add up like a random walk.
  static func sums(of terms: Int) -> Double {
    singlePrecision * max(1, (Double(terms) / 64).squareRoot())
  }
}

extension OperatorCase {
  /// The inputs of the graph, in order.
  public var inputs: [HostTensor<Float>] {
    operands.enumerated().filter { !$1.isWeight }.map { tensor($1, at: $0) }
  }

  /// The weights of the graph.
  public var weights: [ParameterName: HostTensor<Float>] {
    let named = operands.enumerated().filter { $1.isWeight }
      .map { (ParameterName($1.name), tensor($1, at: $0)) }
    return Dictionary(uniqueKeysWithValues: named)
  }

  /// The case's graph with a loss behind it, and the gradients of the loss as further outputs.
  ///
  /// The loss is Σ r · y over all outputs y, with fixed random numbers r that rows share. The
  /// outputs are those of the case, then the gradient for each value of `differentiated`.
  /// - Throws: `GraphError` where the case cannot be differentiated.
  public func gradientGraph() throws(GraphError) -> Graph {
    let weighted = try lossGraph()
    let joint = try weighted.backward(
      from: weighted.outputs[0], to: differentiated)
    return joint.with(outputs: graph.outputs + joint.outputs.dropFirst())
  }

  /// The case's graph with the terms of the loss, summed over outputs, as its only output.
  /// - Throws: `GraphError` where the outputs cannot be combined.
  public func lossGraph() throws(GraphError) -> Graph {
    try graph.extended { builder throws(GraphError) in
      var terms: [Value] = []
      for (place, output) in graph.outputs.enumerated() {
        let factor = CounterGenerator(seed: seed &+ 1000 &+ UInt64(place))
        let shape = graph[output].shape
        let weights = builder.constant(HostTensor(shape) { factor.uniform($0, 0.5...1.5) })
        let product = try builder.add(Multiply(), [output, weights])
        let axes = Array(shape.extents.indices)
        terms.append(
          axes.isEmpty
            ? product : try builder.add(ReduceSum(axes: axes, keepsAxes: false), [product]))
      }
      return [try builder.add(Accumulate(), terms)]
    }
  }

  /// The seed of the case: a hash of its name (FNV-1a).
  public var seed: UInt64 {
    name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  }

  private func tensor(_ operand: Operand, at place: Int) -> HostTensor<Float> {
    var shape = operand.shape
    if let axis = operand.axis { shape = shape.withRows(rows[axis] ?? 1) }
    let generator = CounterGenerator(seed: seed &+ UInt64(place))
    return HostTensor(shape) { operand.values.element(generator, $0, shape) }
  }
}
