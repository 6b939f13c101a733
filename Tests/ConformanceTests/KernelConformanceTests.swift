import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import OperatorCases
import Operators
import Salient
import Testing

/// Every kernel of both families against the reference, on the CPU device of this machine.
@Suite("Every kernel variant agrees with the reference")
struct KernelConformanceTests {
  /// One queue for all tests: programs are built once.
  private static let queue = Task { () throws -> DeviceQueue in
    let device = try #require(try Device.all().first { $0.kind == .cpu })
    return try DeviceQueue(device: device, library: KernelLibrary())
  }

  @Test(
    "the cases of an operator hold, on both families",
    arguments: OperatorCaseCatalogue.operatorNames)
  func casesHold(of name: String) async throws {
    let queue = try await Self.queue.value
    let cases = OperatorCaseCatalogue.cases(of: name)
    #expect(!cases.isEmpty)
    for family in DeviceTraits.Family.allCases {
      let traits = DeviceTraits(family: family, floatWidth: queue.device.nativeFloatWidth)
      let check = CaseCheck(backend: OpenCLBackend(queue: queue, traits: traits))
      for item in cases {
        for outcome in try await check.outcomes(of: item) {
          #expect(
            outcome.faults.isEmpty,
            "\(item) [\(outcome.variant)]: \(outcome.faults.joined(separator: ", ")): error \(outcome.error), limit \(outcome.limit)"
          )
        }
      }
    }
  }

  @Test("every operator of the catalogue has cases")
  func everyOperatorHasCases() {
    let covered = Set(OperatorCaseCatalogue.operatorNames)
    for name in OperatorCatalogue.names { #expect(covered.contains(name), "\(name)") }
    #expect(OperatorCatalogue.names.count >= 54)
  }
}
