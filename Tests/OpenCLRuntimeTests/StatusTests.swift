import COpenCL
import Foundation
import OpenCLRuntime
import Testing

@Suite struct StatusTests {
  @Test func everyCodeOfTheStandardHasItsName() {
    let gaps: Set<Int32> = Set(-29 ... -20)
    for code in Int32(-68)...0 where !gaps.contains(code) {
      #expect(OpenCLStatus(rawValue: code).name.hasPrefix("CL_"), "\(code)")
    }
    #expect(OpenCLStatus(rawValue: 0).name == "CL_SUCCESS")
    #expect(OpenCLStatus(rawValue: -5).name == "CL_OUT_OF_RESOURCES")
    #expect(OpenCLStatus(rawValue: -61).name == "CL_INVALID_BUFFER_SIZE")
    #expect(OpenCLStatus.platformNotFound.name == "CL_PLATFORM_NOT_FOUND_KHR")
    #expect(OpenCLStatus(rawValue: -4711).name == "OpenCL status -4711")
  }

  @Test(arguments: [-4, -5, -6] as [Int32])
  func lackOfMemoryIsDistinguishable(code: Int32) throws {
    let status = OpenCLStatus(rawValue: code)
    #expect(throws: OpenCLError.outOfMemory(byteCount: 7, .driver(function: "f", status: status))) {
      try OpenCLStatus.check(code, "f", byteCount: 7)
    }
  }

  @Test(arguments: [-2, -5, -14, -36, -9999] as [Int32])
  func aFaultSeenWhileWaitingIsALostDevice(code: Int32) {
    let status = OpenCLStatus(rawValue: code)
    #expect(throws: OpenCLError.deviceLost(function: "f", status: status)) {
      try OpenCLStatus.check(code, "f", .waiting)
    }
  }

  @Test func otherCodesNameTheFunction() throws {
    try OpenCLStatus.check(0, "f")
    let status = OpenCLStatus(rawValue: -52)
    let error = #expect(throws: OpenCLError.self) { try OpenCLStatus.check(-52, "clSomething") }
    #expect(error == .callFailed(function: "clSomething", status: status))
    #expect(error?.description == "clSomething failed: CL_INVALID_KERNEL_ARGS")
  }

  @Test func aMissingLoaderIsAnErrorThatNamesTheFile() throws {
    let error = #expect(throws: OpenCLError.self) {
      try Device.all(loader: "libNoSuchOpenCL.so.9")
    }
    guard case .loaderMissing(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("libNoSuchOpenCL.so.9"))
  }

  @Test func aLibraryWithoutOpenCLIsNoLoader() async {
    await #expect(processExitsWith: .success) {
      #expect(
        throws: OpenCLError.loaderMissing(
          "libm.so.6 lacks the OpenCL 1.2 function clGetPlatformIDs")
      ) {
        try Platform.all(loader: "libm.so.6")
      }
      // Nothing is loaded: wrappers answer, instead of calling into nothing.
      #expect(clGetPlatformIDs(0, nil, nil) == CL_PLATFORM_NOT_FOUND_KHR)
      var status: cl_int = 0
      #expect(clCreateContext(nil, 0, nil, nil, nil, &status) == nil)
      #expect(status == CL_PLATFORM_NOT_FOUND_KHR)
    }
  }

  @Test func noDriverIsAnErrorThatExplainsItself() async {
    await #expect(processExitsWith: .success) {
      setenv("OCL_ICD_VENDORS", "/no/such/folder/", 1)
      #expect(throws: OpenCLError.noPlatform) { try Device.all() }
    }
  }
}
