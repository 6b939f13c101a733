import Execution
import Graphs
import Tensors

/// The weights of the reference: where they come from, and what replaced them.
public actor ReferenceParameters: ResidentParameters {
  private let sources: [ParameterName: any WeightSource]
  private var replacements: [ParameterName: HostTensor<Double>] = [:]

  /// Weights from their sources.
  public init(_ sources: [ParameterName: any WeightSource]) {
    self.sources = sources
  }

  /// Puts a tensor of the reference in the place of a weight, in double precision.
  public func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    guard let source = sources[name] else { throw .weights("there is no weight \(name)") }
    guard let tensor = tensor as? ReferenceTensor else {
      throw .mismatch("\(name): a tensor of another engine")
    }
    guard tensor.shape == source.shape else {
      throw .mismatch("\(name): \(tensor.shape) in place of \(source.shape)")
    }
    replacements[name] = tensor.values
  }

  /// The values of a weight.
  func values(of name: ParameterName, shape: Shape) throws(BackendError) -> HostTensor<Double> {
    guard let source = sources[name] else { throw .weights("there is no weight \(name)") }
    guard source.shape == shape else {
      throw .weights("\(name) is \(source.shape), but the network needs \(shape)")
    }
    if let replacement = replacements[name] { return replacement }
    do throws(WeightError) {
      return try source.tensor().converted()
    } catch {
      throw .weights("\(name): \(error)")
    }
  }
}
