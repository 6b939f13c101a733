import COpenCL
import KernelLibrary

extension DeviceQueue {
  /// Makes a kernel with no arguments set, building its program if no kernel needed it before.
  ///
  /// Builds run on other threads; tasks that ask for the same program share one build. A build that
  /// failed is tried again at the next request.
  /// - Parameters:
  ///   - path: the kernel file, relative to `Kernels/`.
  ///   - function: the name of the kernel function.
  ///   - defines: the variant; their order does not matter.
  /// - Returns: a kernel object that nobody else has.
  /// - Throws: `source`, `invalidDefine`, `buildFailed`, `functionMissing`, or what the driver says.
  public func makeKernel(
    _ path: String, _ function: String, defines: [Define] = []
  ) async throws(OpenCLError) -> Kernel {
    try await program(path, defines: Set(defines)).kernel(function, of: path, device: device)
  }

  /// The binary of a program, built if no kernel needed it before: PTX as text with NVIDIA's driver.
  ///
  /// - Parameter path: the kernel file, relative to `Kernels/`.
  /// - Returns: bytes of the driver's own format; none where it gives none.
  /// - Throws: as `makeKernel`.
  public func programBinary(_ path: String) async throws(OpenCLError) -> [UInt8] {
    try await builtProgram(Program.Key(path: path, defines: [])).binary()
  }

  /// The number of programs that were built or are being built.
  public var programCount: Int { programs.count }

  /// The program of a file: that of its set, or of the file alone where it has none or where some
  /// file of the set does not compile.
  private func program(
    _ path: String, defines: Set<Define>
  ) async throws(OpenCLError) -> Program {
    if defines.isEmpty, let set = library.set(holding: path), !brokenSets.contains(set) {
      do throws(OpenCLError) {
        return try await builtProgram(Program.Key(path: set, defines: []))
      } catch .buildFailed, .source {
        brokenSets.insert(set)
      }
    }
    return try await builtProgram(Program.Key(path: path, defines: defines))
  }

  private func builtProgram(_ key: Program.Key) async throws(OpenCLError) -> Program {
    let task: Task<Result<Program, OpenCLError>, Never>
    if let running = programs[key] {
      task = running
    } else {
      let (builder, library, cache) = (builder, library, programCache)
      let (context, device) = (context, device)
      task = Task.detached {
        await builder.run {
          Result { () throws(OpenCLError) in
            try Self.build(key, from: library, context, device, cache)
          }
        }
      }
      programs[key] = task
    }
    let result = await task.value
    if case .failure = result, programs[key] == task { programs[key] = nil }
    return try result.get()
  }

  private static func build(
    _ key: Program.Key, from library: KernelLibrary, _ context: Owned<cl_context>, _ device: Device,
    _ cache: ProgramCache?
  ) throws(OpenCLError) -> Program {
    let source: KernelSource
    do throws(KernelLibraryError) {
      source = try library.source(key.path)
    } catch {
      throw .source(error)
    }
    let options = try Program.options(key.defines)
    guard let cache else {
      return try Program(
        key.path, text: source.text, options: options, context: context.handle, device: device)
    }
    return try cache.program(
      key.path, text: source.text, options: options, context: context.handle, device: device)
  }
}
