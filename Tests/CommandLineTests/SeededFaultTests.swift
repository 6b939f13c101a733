import Foundation
import Testing

/// `verify --kernels` with a mistake planted in a copy of one kernel file.
@Suite("A mistake in a kernel is caught", .serialized, .tags(.device))
struct SeededFaultTests {
  @Test("by the cases of its operator, which is named", arguments: SeededFault.all)
  func faultIsCaught(_ fault: SeededFault) throws {
    let original = try kernel(fault.file)
    #expect(original.components(separatedBy: fault.right).count == 2, "it stands there once")
    let copy = original.replacingOccurrences(of: fault.right, with: fault.wrong)
    #expect(copy != original)
    let run = try verify(fault.operatorName, with: copy, as: fault.file)
    #expect(run.code == 1, "\(run.output)\(run.errors)")
    let rows = run.lines.filter { $0.hasPrefix("\(fault.operatorName) ") }
    #expect(rows.contains { $0.contains("FAIL") }, "\(run.output)")
    #expect(run.lines.last?.contains(" 0 failed;") == false)
  }

  @Test("and an unchanged copy is not")
  func unchangedCopiesPass() throws {
    let file = "ops/conv2d.cl"
    let run = try verify("conv2d", with: kernel(file), as: file)
    #expect(run.code == 0, "\(run.output)\(run.errors)")
  }

  @Test("twenty mistakes and more are planted")
  func thereAreTwenty() {
    #expect(SeededFault.all.count >= 20)
    #expect(Set(SeededFault.all.map(\.title)).count == SeededFault.all.count)
  }

  private func kernel(_ file: String) throws -> String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let kernels = tests.deletingLastPathComponent().appendingPathComponent("Kernels")
    return try String(contentsOf: kernels.appendingPathComponent(file), encoding: .utf8)
  }

  private func verify(_ name: String, with text: String, as file: String) throws -> Run {
    let folder = try TemporaryFolder()
    try folder.write(Array(text.utf8), to: "kernels/\(file)")
    return try Program.run(["verify", "--op", name, "--kernels", "kernels"], in: folder.path)
  }
}
