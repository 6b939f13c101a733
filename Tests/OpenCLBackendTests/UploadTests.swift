import Execution
import OpenCLBackend
import ReferenceBackend
import Tensors
import Testing

@Suite("Batches are put on a device row by row")
struct UploadTests {
  @Test(
    "rows are those of one tensor, in both layouts and on both engines",
    arguments: [[3, 5, 7], [17, 5, 7], [4], []] as [Shape])
  func rowsAreStacked(row: Shape) async throws {
    let whole = Fixture.noise(Shape([3] + row.extents), seed: 5)
    let rows = (0..<3).map { whole.rows($0..<$0 + 1).reshaped(row) }
    #expect(HostTensor(stacking: rows) == whole)
    for backend in [try await Fixture.backend.value, ReferenceBackend()] as [any Backend] {
      let stacked = try await backend.upload(stacking: rows)
      #expect(stacked.shape == whole.shape)
      #expect(try await stacked.download() == whole)
    }
  }
}
