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

  private init(
    _ sources: [ParameterName: any WeightSource],
    _ replacements: [ParameterName: HostTensor<Double>]
  ) {
    self.sources = sources
    self.replacements = replacements
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

  /// Puts copies of parts of a tensor of the reference in the places of weights.
  public func replace(
    _ offsets: [ParameterName: Int], with arena: any ResidentTensor
  ) async throws(BackendError) {
    guard let arena = arena as? ReferenceTensor else {
      throw .mismatch("an arena of another engine")
    }
    for (name, offset) in offsets {
      guard let shape = sources[name]?.shape else { throw .weights("there is no weight \(name)") }
      let part = offset..<offset + shape.elementCount
      guard part.lowerBound >= 0, part.upperBound <= arena.values.elements.count else {
        throw .mismatch("\(name): \(shape) at \(offset) of an arena of \(arena.shape)")
      }
      replacements[name] = HostTensor(shape, Array(arena.values.elements[part]))
    }
  }

  /// Weights with others in the place of some.
  public func replacing(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    for (name, weight) in weights {
      guard let source = sources[name] else { throw .weights("there is no weight \(name)") }
      guard source.shape == weight.shape else {
        throw .mismatch("\(name): \(weight.shape) in place of \(source.shape)")
      }
    }
    return ReferenceParameters(
      sources.merging(weights) { $1 }, replacements.filter { weights[$0.key] == nil })
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
