import Graphs
import Tensors

extension Shape {
  /// Every axis but that of the channels.
  package var axesBesideChannels: [Int] { extents.indices.filter { $0 != 1 } }
}

extension GraphBuilder {
  /// A vector `[C]` in the rank of x `[N, C, ...]`, so that it broadcasts along the channels.
  mutating func alongChannels(_ vector: Value, of x: Value) throws(GraphError) -> Value {
    let beside = shape(of: x).axesBesideChannels
    return try add(Reshape(shape(of: x).keeping(beside)), [vector])
  }
}
