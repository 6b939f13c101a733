import Graphs
import OperatorCases
import Operators
import Synchronization
import Testing

@Suite("A derivative is left out only where it is zero or undefined by definition")
struct NilGradientTests {
  /// Every input without a derivative: operator, place of the input, and why.
  static let omitted: [String: [(place: Int, reason: String)]] = [
    "arg_max": [(0, "a position: constant wherever it is continuous")],
    "arg_min": [(0, "a position: constant wherever it is continuous")],
    "broadcast": [(1, "like gives only its shape")],
    "gather": [(1, "an index")],
    "masked_blend": [(3, "an index")],
    "one_hot": [(0, "an index")],
    "ones": [(0, "like gives only its shape")],
    "random_grid": [(0, "an index")],
    "random_numbers": [(0, "an index")],
    "rank": [(0, "a position: constant wherever it is continuous")],
    "rank with ties": [
      (0, "a position: constant wherever it is continuous"), (1, "ties: likewise"),
    ],
    "scatter_add": [(1, "an index"), (2, "like gives only its shape")],
    "step": [(0, "constant wherever it is continuous")],
    "top_k positions": [(0, "a position: constant wherever it is continuous")],
  ]

  /// Operators that refuse to be differentiated, and why: a nil would be a wrong zero.
  static let refused: [String: String] = [
    "adamw_update": "nothing differentiates a step of training",
    "batch_norm_gradient": "likewise",
    "batch_norm_scale_gradient": "likewise",
    "linear_imputation": "a solution of equations that only metrics ask for",
    "max_pool_gradient": "the maxima of x, picked out of another tensor, are no operator",
    "percentile_gradient": "elements picked by the ranks of another tensor are no operator",
    "principal_map": "its derivative needs every eigenvector; nothing differentiates a map",
    "sgd_update": "nothing differentiates a step of training",
    "shifted_grid": "masks are made of random bits, which nothing learns",
    "reduce_max over rows": "the number of rows is not known when the graph is built",
    "reduce_min over rows": "the number of rows is not known when the graph is built",
  ]

  @Test("as this list says, operator by operator")
  func omissionsAreListed() {
    var omitted: [String: Set<[Int]>] = [:]
    var refused: Set<String> = []
    for operatorCase in OperatorCaseCatalogue.all where operatorCase.family != .fused {
      guard let node = operatorCase.graph.nodes.last, let operation = node.operation else {
        Issue.record("\(operatorCase) computes nothing")
        continue
      }
      let recorder = Recorder()
      let operands = operatorCase.graph.nodes.filter { $0.operation == nil }.map(\.value)
      // An operand without a derivative makes `backward` throw, but only after the rule was asked.
      do throws(GraphError) {
        _ = try operatorCase.graph.backward(
          from: node.value, to: operands, rules: RuleBook([RecordingRule(recorder: recorder)]))
      } catch .unsuitable {
        refused.insert(operation.name + (operation.name.hasPrefix("reduce_") ? " over rows" : ""))
      } catch {}
      for places in recorder.omissions where !places.isEmpty {
        omitted[key(operation, places), default: []].insert(places)
      }
    }
    #expect(refused == Set(Self.refused.keys))
    #expect(omitted == Self.omitted.mapValues { [$0.map(\.place)] })
  }

  private func key(_ operation: any Operator, _ places: [Int]) -> String {
    if operation is Rank, places.count > 1 { return "rank with ties" }
    guard let search = operation as? TopK, search.part == .positions else { return operation.name }
    return "top_k positions"
  }
}

/// Asks each operator for its derivative and notes which inputs have none.
private struct RecordingRule: BackwardRule {
  let recorder: Recorder

  func applies(to node: Node, in graph: Graph) -> Bool { true }

  func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    guard let operation = site.node.operation else { return [] }
    let gradients = try operation.gradient(site, in: &graph)
    recorder.note(gradients.indices.filter { gradients[$0] == nil })
    return gradients
  }
}

/// What the rule has seen.
private final class Recorder: Sendable, Hashable {
  private let places = Mutex<Set<[Int]>>([])

  var omissions: Set<[Int]> { places.withLock { $0 } }

  func note(_ omitted: [Int]) {
    places.withLock { _ = $0.insert(omitted) }
  }

  static func == (left: Recorder, right: Recorder) -> Bool { left === right }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
