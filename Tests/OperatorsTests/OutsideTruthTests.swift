import Operators
import Tensors
import Testing

@Suite("References and derivatives agree with what PyTorch and NumPy recorded")
struct OutsideTruthTests {
  @Test("the outputs of all records")
  func outputs() throws {
    let records = try TruthRecord.load()
    var compared: Set<String> = []
    for record in records {
      let operation = try record.operation()
      let inputs = record.inputs.map(\.tensor)
      let expected = record.output.tensor
      #expect(try operation.outputShape(inputs.map(\.shape)) == expected.shape, "\(record)")
      let found = operation.reference(inputs)
      try #require(found.shape == expected.shape, "\(record)")
      let error = ErrorMetrics(found: found, expected: expected)
      #expect(error.normalised <= record.limit, "\(record): \(error)")
      compared.insert(record.operator)
    }
    #expect(records.count == 134)
    #expect(compared.count == 33)
  }

  @Test("the gradients of all records")
  func gradients() async throws {
    var count = 0
    for record in try TruthRecord.load() {
      guard let upstream = record.upstream?.tensor, let gradients = record.gradients else {
        continue
      }
      let inputs = record.inputs.map(\.tensor)
      for (place, truth) in gradients.enumerated() {
        guard let expected = truth?.tensor else { continue }
        let found = try await gradient(
          of: record.operation(), at: inputs, upstream: upstream, withRespectTo: place)
        try #require(found.shape == expected.shape, "\(record), input \(place)")
        let error = ErrorMetrics(found: found, expected: expected)
        #expect(error.normalised <= record.limit, "\(record), input \(place): \(error)")
        count += 1
      }
    }
    #expect(count == 167)
  }
}
