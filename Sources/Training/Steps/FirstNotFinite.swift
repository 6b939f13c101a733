import Execution
import Graphs
import Tensors

extension CompiledStep {
  /// The first layer that makes NaN or infinity of a batch; nil where none is known to.
  ///
  /// The values of all layers are kept for it at once, so it is for the end of a run.
  /// - Parameters:
  ///   - images: `[N, C, H, W]`.
  ///   - labels: the class of each.
  ///   - samples: the numbers of the rows.
  ///   - parameters: the weights.
  /// - Returns: the name of a module.
  func firstNotFinite(
    _ images: any ResidentTensor, labels: [Float], samples: [Float],
    _ parameters: any ResidentParameters
  ) async -> LayerName? {
    do throws(BackendError) {
      let inputs = try await self.inputs(images, labels: labels, samples: samples)
      let executable = try await backend.compile(
        form.graph.with(outputs: form.layers.map(\.value)),
        CompileOptions(capacity: labels.count))
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
