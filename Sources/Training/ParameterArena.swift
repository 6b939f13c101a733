import Graphs
import Operators
import Tensors

/// Where tensors with names lie behind each other in one vector: that of an `Arena`.
public struct ParameterArena: Sendable, Hashable {
  /// The names, in order.
  public let names: [ParameterName]
  /// The shape of each.
  public let shapes: [Shape]
  /// Where each begins.
  public let offsets: [ParameterName: Int]
  /// The length of the vector.
  public let count: Int

  /// The arena of these tensors; no two have one name.
  init(_ tensors: [(name: ParameterName, shape: Shape)]) {
    names = tensors.map(\.name)
    shapes = tensors.map(\.shape)
    let places = Arena.offsets(of: shapes)
    offsets = Dictionary(uniqueKeysWithValues: zip(names, places))
    count = places[tensors.count]
  }

  /// The vector of some tensors, zeros between them.
  /// - Throws: `TrainingError.weights` where one is missing, has another shape or cannot be read.
  func vector(
    _ weights: [ParameterName: any WeightSource]
  ) throws(TrainingError) -> HostTensor<Float> {
    var elements = [Float](repeating: 0, count: count)
    for (name, shape) in zip(names, shapes) {
      guard let weight = weights[name], weight.shape == shape, let offset = offsets[name] else {
        throw .weights("\(name): no such weight of shape \(shape)")
      }
      let tensor: HostTensor<Float>
      do throws(WeightError) {
        tensor = try weight.tensor()
      } catch {
        throw .weights("\(name): \(error)")
      }
      elements.replaceSubrange(offset..<offset + shape.elementCount, with: tensor.elements)
    }
    return HostTensor([count], elements)
  }

  /// The tensors of a vector, or of the first row of a state.
  package func tensors<Scalar>(
    of vector: HostTensor<Scalar>
  ) -> [ParameterName: HostTensor<Scalar>] {
    let parts = zip(names, shapes).map { name, shape in
      let offset = offsets[name] ?? 0
      return (name, HostTensor(shape, Array(vector.elements[offset..<offset + shape.elementCount])))
    }
    return Dictionary(uniqueKeysWithValues: parts)
  }
}
