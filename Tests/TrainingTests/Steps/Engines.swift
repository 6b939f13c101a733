import Execution
import Graphs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import ReferenceBackend
import Tensors
import Testing

/// The CPU device of this machine, opened once for all tests.
enum Engines {
  static let openCL = Task { () throws -> OpenCLBackend in
    let devices = try Device.all()
    let device = try #require(devices.first { $0.kind == .cpu })
    return OpenCLBackend(queue: try DeviceQueue(device: device, library: KernelLibrary()))
  }
}

/// The values of a tensor, as exact as the engine has them.
func doubles(_ tensor: any ResidentTensor) async throws -> HostTensor<Double> {
  if let tensor = tensor as? ReferenceTensor { return tensor.values }
  return try await tensor.download().converted()
}

/// The values of some parameters, as exact as the engine has them.
func values(
  _ shapes: [ParameterName: Shape], _ parameters: any ResidentParameters, on backend: any Backend
) async throws -> [ParameterName: HostTensor<Double>] {
  var builder = GraphBuilder()
  let names = Array(shapes.keys)
  let outputs = names.map { builder.parameter($0, shapes[$0] ?? []) }
  let graph = try builder.finish(outputs: outputs)
  let executable = try await backend.compile(graph, CompileOptions(capacity: 1))
  var found: [ParameterName: HostTensor<Double>] = [:]
  for (name, tensor) in zip(names, try await executable.run([], parameters)) {
    found[name] = try await doubles(tensor)
  }
  return found
}
