import Execution
import Graphs
import Operators
import Tensors

/// Runs small formulas over resident tensors; each is compiled once and kept by its structure.
public struct Formulas: Sendable {
  private let backend: any Backend
  private let parameters: any ResidentParameters
  private let shelf: PlanShelf<Graph>

  /// A runner.
  /// - Parameters:
  ///   - backend: the engine of the tensors.
  ///   - parameters: any weights of that engine; formulas have none.
  ///   - precision: the arithmetic.
  ///   - mostBytes: the device memory of the formulas kept; nil where it is not limited.
  public init(
    backend: any Backend, parameters: any ResidentParameters, precision: Precision = .fp32,
    mostBytes: Int? = nil
  ) {
    self.backend = backend
    self.parameters = parameters
    self.shelf = PlanShelf(
      backend: backend, precision: precision, mostPlans: 64, mostBytes: mostBytes)
  }

  /// Puts a small tensor on the device.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  public func upload(
    _ tensor: HostTensor<Float>
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await engine { () async throws(BackendError) in try await backend.upload(tensor) }
  }

  /// Computes a formula whose inputs all have the same rows.
  ///
  /// Where memory is short the rows are taken in pieces; a row's bits do not depend on that.
  /// - Parameters:
  ///   - inputs: tensors with the same leading extent.
  ///   - body: builds the formula; every output has rows.
  /// - Returns: the outputs of the formula.
  /// - Throws: `ExplanationError` where the formula does not fit or the engine fails.
  public func compute(
    _ inputs: [any ResidentTensor],
    _ body: @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    let shapes = inputs.map(\.shape)
    guard let rows = shapes.first?.extents.first,
      shapes.allSatisfy({ $0.extents.first == rows })
    else {
      let text = shapes.map(\.description).joined(separator: ", ")
      throw .backend(.mismatch("a formula over different numbers of rows: \(text)"))
    }
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let values = shapes.enumerated().map { place, shape in
        builder.input("\(place)", shape.withRows(1))
      }
      return try body(&builder, values)
    }
    return try await rowPieces(rows, graph) {
      (range, plan) async throws(ExplanationError) in
      var taken: [any ResidentTensor] = []
      for input in inputs { taken.append(try await take(Array(range), of: input)) }
      return try await run(plan.executable, taken)
    }
  }

  /// Some rows of a tensor, in any order, repeated where asked.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  public func take(
    _ rows: [Int], of tensor: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    if rows == Array(0..<tensor.shape[0]) { return tensor }
    let places = try await upload(HostTensor([rows.count, 1], rows.map(Float.init)))
    let shape = tensor.shape.withRows(1)
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let table = builder.input("table", shape, rows: .images)
      let index = builder.input("places", [1, 1])
      return [try builder.add(Gather(), [table, index])]
    }
    return try await runOne(graph, rows: rows.count, [tensor, places])
  }

  /// Entries of a table: `table[index[r, ...]]`, an index naming the first axes of the table.
  /// - Parameters:
  ///   - index: `[R, ..., k]`, whole numbers.
  ///   - table: `[E1, ..., Ek, rest]`.
  /// - Returns: `[R, ..., rest]`; zeros where an index names no entry.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  public func gather(
    _ index: HostTensor<Float>, from table: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    let shape = table.shape.withRows(1)
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let table = builder.input("table", shape, rows: .images)
      let index = builder.input("index", index.shape.withRows(1))
      return [try builder.add(Gather(), [table, index])]
    }
    return try await runOne(graph, rows: index.shape[0], [table, try await upload(index)])
  }

  /// Adds numbers into a table: `values[places[t, m]]` to cell (t, m); a place of -1 adds nothing.
  /// - Parameters:
  ///   - table: `[T, M]`.
  ///   - values: `[R, 1]`.
  ///   - places: `[T, M]`, for each cell a row of `values` or -1.
  /// - Returns: the table with more cells filled.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  func fill(
    _ table: any ResidentTensor, with values: any ResidentTensor, at places: HostTensor<Float>
  ) async throws(ExplanationError) -> any ResidentTensor {
    let (rows, cells) = (table.shape[0], table.shape[1])
    let index = try await upload(places.reshaped([rows, cells, 1]))
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let table = builder.input("table", [1, cells])
      let values = builder.input("values", [1, 1], rows: .cells)
      let index = builder.input("places", [1, cells, 1])
      let found = try builder.add(Gather(), [values, index])
      return [try builder.add(Add(), [table, builder.add(Reshape([1, cells]), [found])])]
    }
    return try await runOne(graph, rows: rows, [table, values, index])
  }

  /// Runs the rows of a formula in as few pieces as memory allows.
  func rowPieces(
    _ rows: Int, _ graph: Graph,
    _ body: (Range<Int>, Plan) async throws(ExplanationError) -> [any ResidentTensor]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    try await pieces(rows, shelf, graph, { () throws(GraphError) in graph }, body)
  }

  /// Runs rows in as few pieces as memory allows and puts the outputs together again.
  ///
  /// `body` computes the rows of a range; every output has a row for each.
  /// - Throws: `ExplanationError` of the body, or where not even one row fits.
  func pieces<Key: Hashable & Sendable>(
    _ rows: Int, _ shelf: PlanShelf<Key>, _ key: Key,
    _ graph: @Sendable () throws(GraphError) -> Graph,
    _ body: (Range<Int>, Plan) async throws(ExplanationError) -> [any ResidentTensor]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    var plan = try await shelf.plan(key, rows: rows, graph)
    var parts: [(places: [Int], tensors: [any ResidentTensor])] = []
    var start = 0
    while start < rows {
      try checkCancellation()
      let range = start..<min(start + plan.capacity, rows)
      do throws(ExplanationError) {
        parts.append((Array(range), try await body(range, plan)))
        start = range.upperBound
      } catch .backend(.outOfMemory(let what)) {
        plan = try await shelf.halve(key, plan, after: .outOfMemory(what), graph)
      }
    }
    return try await join(parts, rows: rows)
  }

  /// Rows computed in parts, put together again in their places.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  func join(
    _ parts: [(places: [Int], tensors: [any ResidentTensor])], rows: Int
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    guard let first = parts.first else { return [] }
    if parts.count == 1, first.places == Array(0..<rows) { return first.tensors }
    var joined: [any ResidentTensor] = []
    for output in first.tensors.indices {
      var sum: (any ResidentTensor)?
      for part in parts {
        var places = HostTensor<Float>([rows, 1], filledWith: -1)
        for (place, row) in part.places.enumerated() { places[row] = Float(place) }
        sum = try await add(part.tensors[output], at: places, to: sum)
      }
      if let sum { joined.append(sum) }
    }
    return joined
  }

  private func add(
    _ part: any ResidentTensor, at places: HostTensor<Float>, to sum: (any ResidentTensor)?
  ) async throws(ExplanationError) -> any ResidentTensor {
    let shape = part.shape.withRows(1)
    let index = try await upload(places)
    let hasSum = sum != nil
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let table = builder.input("part", shape, rows: .cells)
      let index = builder.input("places", [1, 1])
      let spread = try builder.add(Gather(), [table, index])
      guard hasSum else { return [spread] }
      return [try builder.add(Add(), [builder.input("sum", shape), spread])]
    }
    return try await runOne(graph, rows: places.shape[0], [part, index] + (sum.map { [$0] } ?? []))
  }

  /// Runs an executable without weights.
  /// - Throws: `ExplanationError.backend` where the engine fails.
  func run(
    _ executable: any Executable, _ inputs: [any ResidentTensor]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    try await engine { () async throws(BackendError) in
      try await executable.run(inputs, parameters)
    }
  }

  func runOne(
    _ graph: Graph, rows: Int, _ inputs: [any ResidentTensor]
  ) async throws(ExplanationError) -> any ResidentTensor {
    let plan = try await shelf.plan(graph, rows: rows) { () throws(GraphError) in graph }
    guard plan.capacity >= rows, let output = try await run(plan.executable, inputs).first else {
      throw .backend(.outOfMemory("\(rows) rows of \(graph.nodes.last?.shape ?? [])"))
    }
    return output
  }
}

/// The graph of a formula.
func formula(
  _ body: (inout GraphBuilder) throws(GraphError) -> [Value]
) throws(ExplanationError) -> Graph {
  do throws(GraphError) {
    var builder = GraphBuilder()
    let outputs = try body(&builder)
    return try builder.finish(outputs: outputs)
  } catch {
    throw .graph(error)
  }
}

/// A call of the engine, with its error as ours.
package func engine<Result>(
  _ body: () async throws(BackendError) -> Result
) async throws(ExplanationError) -> Result {
  do { return try await body() } catch { throw .backend(error) }
}

/// Ends the work where its task was cancelled.
package func checkCancellation() throws(ExplanationError) {
  if Task.isCancelled { throw .backend(.cancelled) }
}
