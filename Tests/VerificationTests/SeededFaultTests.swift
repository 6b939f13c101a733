import Foundation
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import OperatorCases
import Salient
import Testing

@Suite("A mistake in a kernel is caught", .serialized)
struct SeededFaultTests {
  @Test("by the cases of its operator", arguments: SeededFault.all)
  func faultIsCaught(_ fault: SeededFault) async throws {
    let original = try #require(String(bytes: KernelLibrary().bytes(fault.file), encoding: .utf8))
    #expect(original.components(separatedBy: fault.right).count == 2, "it stands there once")
    let copy = original.replacingOccurrences(of: fault.right, with: fault.wrong)
    #expect(copy != original)
    #expect(try await faults(of: fault.operatorName, with: copy, as: fault.file) > 0)
  }

  @Test("and an unchanged copy is not")
  func unchangedCopiesPass() async throws {
    let file = "ops/conv2d.cl"
    let original = try #require(String(bytes: KernelLibrary().bytes(file), encoding: .utf8))
    #expect(try await faults(of: "conv2d", with: original, as: file) == 0)
  }

  @Test("twenty mistakes and more are planted")
  func thereAreTwenty() {
    #expect(SeededFault.all.count >= 20)
    #expect(Set(SeededFault.all.map(\.title)).count == SeededFault.all.count)
  }

  /// How many outcomes of an operator's cases do not hold, with one kernel file replaced.
  private func faults(
    of operatorName: String, with text: String, as file: String
  ) async throws -> Int {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "salient-fault-\(UUID().uuidString)")
    let path = folder.appending(path: file)
    try FileManager.default.createDirectory(
      at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(text.utf8).write(to: path)
    let device = try #require(try Device.all().first { $0.kind == .cpu })
    let library = try KernelLibrary(override: folder.path)
    let queue = try DeviceQueue(device: device, library: library)
    let check = CaseCheck(backend: OpenCLBackend(queue: queue))
    let cases = OperatorCaseCatalogue.cases(of: operatorName)
    #expect(!cases.isEmpty, "\(operatorName) has cases")
    var count = 0
    for item in cases {
      count += try await check.outcomes(of: item).count { !$0.faults.isEmpty }
      if count > 0 { return count }
    }
    return count
  }
}
