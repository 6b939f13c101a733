import Execution
import Graphs
import Tensors

extension CompiledStep {
  /// The first layer that makes NaN or infinity of some rows; nil where none is known to.
  ///
  /// The values of all layers are kept for it at once, so it is for the end of a run.
  /// - Parameters:
  ///   - rows: what goes through the network.
  ///   - parameters: the weights.
  /// - Returns: the name of a module.
  func firstNotFinite(
    _ rows: Rows, _ parameters: any ResidentParameters
  ) async -> LayerName? {
    do throws(BackendError) {
      let count = rows.labels.count
      let inputs = try await self.inputs(
        rows.images, labels: rows.labels, samples: rows.samples, total: count)
      let executable = try await backend.compile(
        form.graph.with(outputs: form.layers.map(\.value)), CompileOptions(capacity: count))
      for (layer, value) in zip(form.layers, try await executable.run(inputs, parameters)) {
        let tensor = try await value.download()
        if !tensor.elements.allSatisfy(\.isFinite) { return layer.name }
      }
    } catch {
      // The loss is what went wrong; that nobody knows where adds nothing.
    }
    return nil
  }
}
