import Graphs

extension TrainingForm {
  /// The fewest images of a batch: two where the network normalises one number a channel of an image.
  var fewestRows: Int { fewestElements == 1 ? 2 : 1 }
}

extension TrainingOptions {
  /// The fewest images of a batch that a network can learn from.
  /// - Throws: `TrainingError` where the network cannot be trained.
  func fewestRows(of network: Graph) throws(TrainingError) -> Int {
    let trained = try self.trained(of: network)
    do throws(GraphError) {
      return try TrainingForm(network, trained: trained, dropouts: dropouts, seed: seed).fewestRows
    } catch {
      throw .graph(error)
    }
  }
}
