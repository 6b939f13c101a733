import Graphs
import Operators

/// One step as far as the gradients: images to logits, loss, and what parameters and statistics learn.
struct StepGraph {
  /// What is computed.
  ///
  /// Inputs: those of the form. Outputs: loss `[1, 1]`, logits `[N, K]`, the gradients and, where
  /// there are any, the statistics of the batch, in arenas; all but the logits times the share of
  /// the step that the rows are, so that those of its parts add up.
  let graph: Graph
  /// Where the gradient of each parameter that learns lies.
  let parameters: ParameterArena
  /// Where the statistics lie; nil where there are none.
  let statistics: ParameterArena?

  /// A step of a network in training form.
  /// - Parameters:
  ///   - form: the network.
  ///   - trained: the parameters that learn.
  ///   - smoothing: of the labels.
  /// - Throws: `GraphError.noPath` where the loss does not depend on a parameter differentiably.
  init(
    _ form: TrainingForm, trained: Set<ParameterName>, smoothing: Float
  ) throws(GraphError) {
    let logits = form.graph.outputs[0]
    let forward = try form.graph.extended { builder throws(GraphError) in
      let labels = form.graph.inputs[1]
      let mean = try builder.crossEntropy(logits, labels: labels, smoothing: smoothing)
      return [try builder.add(Multiply(), [mean, form.share]), logits]
    }
    let learning = forward.nodes.compactMap { node -> (name: ParameterName, node: Node)? in
      guard case .parameter(let name) = node.source, trained.contains(name) else { return nil }
      return (name, node)
    }
    let joint = try forward.backward(
      from: forward.outputs[0], to: learning.map(\.node.value),
      rules: RuleBook([form.rule]))
    graph = try joint.extended { builder throws(GraphError) in
      var outputs = forward.outputs
      outputs.append(try builder.add(Arena(), Array(joint.outputs.dropFirst(2))))
      if !form.statistics.isEmpty {
        let statistics = try builder.add(Arena(), form.statistics.map(\.batch))
        outputs.append(try builder.add(Multiply(), [statistics, form.share]))
      }
      return outputs
    }
    parameters = ParameterArena(learning.map { ($0.name, $0.node.shape) })
    statistics =
      form.statistics.isEmpty
      ? nil : ParameterArena(form.statistics.map { ($0.name, form.graph[$0.batch].shape) })
  }
}
