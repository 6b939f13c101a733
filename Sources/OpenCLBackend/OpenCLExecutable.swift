import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// A plan with its kernels built and its memory taken.
package final class OpenCLExecutable: Executable {
  /// The plan.
  let plan: Plan
  /// Guarded memory, where the plan is checked.
  package let guards: GuardBands?
  private let queue: DeviceQueue
  private let slots: [Buffer]
  /// The regions of tensors that lie in the memory of others.
  private let parts: [Int: Buffer]
  private let constants: [Int: OpenCLTensor]
  private let stages: [Stage]

  init(
    _ plan: Plan, queue: DeviceQueue, inspection: Inspection?
  ) async throws(BackendError) {
    var plan = plan
    self.queue = queue
    guards = inspection == nil ? nil : GuardBands(queue: queue)
    do throws(OpenCLError) {
      var slots: [Buffer] = []
      for floats in plan.slots {
        slots.append(try await queue.makeBuffer(floats: floats, guards))
      }
      self.slots = slots
      parts = try plan.parts(of: slots)
      stages = try await Stage.stages(of: &plan, on: queue, keepsTiles: inspection?.tile != nil)
    } catch {
      throw BackendError(error)
    }
    self.plan = plan
    if Task.isCancelled { throw .cancelled }
    var constants: [Int: OpenCLTensor] = [:]
    for (index, tensor) in plan.tensors.enumerated() {
      guard case .constant(let number) = tensor.storage else { continue }
      constants[index] = try await OpenCLTensor.upload(number, to: queue)
    }
    self.constants = constants
  }

  /// The bytes of the plan's own tensors.
  package var byteCount: Int { plan.byteCount }

  /// Binds the rows, sets the arguments and enqueues every step in one hop.
  package func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    if Task.isCancelled { throw .cancelled }
    let inputs = try plan.check(inputs, on: queue)
    let rows = try plan.rows(of: inputs)
    let wanted = plan.weights
    guard wanted.isEmpty || parameters is OpenCLParameters else {
      throw .mismatch("the weights belong to another engine")
    }
    var weights: [Int: Buffer] = [:]
    if let parameters = parameters as? OpenCLParameters {
      let buffers = try await parameters.buffers(wanted.map(\.wanted))
      weights = Dictionary(uniqueKeysWithValues: zip(wanted.map(\.tensor), buffers))
    }
    let shapes = plan.bound { rows[$0] ?? 1 }
    do throws(OpenCLError) {
      let outputs = try await makeOutputs(shapes)
      let buffers = plan.tensors.indices.map { index -> Buffer in
        switch plan.tensors[index].storage {
        case .input(let place): inputs[place].buffer
        case .output: Self.present(outputs[index]).buffer
        case .slot(let slot): slots[slot]
        case .part: Self.present(parts[index])
        case .weight: Self.present(weights[index])
        case .constant: Self.present(constants[index]).buffer
        }
      }
      try await guards?.poison()
      let placed = plan.placed(shapes, inputs: inputs)
      try await queue.perform { queue throws(OpenCLError) in
        try queue.enqueue(try self.launches(placed, buffers))
        // The driver keeps what enqueued commands read; the plan must not keep the batch alive.
        for stage in self.stages { stage.kernels.forEach { $0.forgetBuffers() } }
      }
      try await queue.keepPace(byteCount: outputs.values.reduce(0) { $0 + $1.buffer.byteCount })
      return plan.outputs.map { index in
        switch plan.tensors[index].storage {
        case .input(let place): inputs[place]
        case .constant: Self.present(constants[index])
        case .output: Self.present(outputs[index])
        case .slot, .part, .weight:
          OpenCLTensor(
            shape: placed[index].shape, layout: placed[index].layout, buffer: buffers[index],
            queue: queue)
        }
      }
    } catch {
      throw BackendError(error)
    }
  }

  /// What the plan says is there.
  private static func present<Thing>(_ thing: Thing?) -> Thing {
    guard let thing else { preconditionFailure("the plan names it, so it was made") }
    return thing
  }

  private func makeOutputs(_ shapes: [Shape]) async throws(OpenCLError) -> [Int: OpenCLTensor] {
    var outputs: [Int: OpenCLTensor] = [:]
    for (index, tensor) in plan.tensors.enumerated() {
      guard case .output = tensor.storage else { continue }
      let shape = shapes[index]
      let floats = tensor.layout.floatCount(of: shape, capacity: shape.extents.first ?? 1)
      let buffer = try await queue.makeBuffer(floats: floats, guards)
      outputs[index] = OpenCLTensor(
        shape: shape, layout: tensor.layout, buffer: buffer, queue: queue)
    }
    return outputs
  }

  private func launches(
    _ placed: [PlacedTensor], _ buffers: [Buffer]
  ) throws(OpenCLError) -> [Launch] {
    var launches: [Launch] = []
    for (step, stage) in zip(plan.steps, stages) {
      let calls = plan.calls(of: step, plan.scope(of: step, placed))
      precondition(calls.count == stage.kernels.count, "\(step.variant.name): calls")
      for (call, kernel) in zip(calls, stage.kernels) {
        for (place, operand) in call.operands.enumerated() {
          let buffer =
            switch operand {
            case .input(let input): buffers[step.inputs[input]]
            case .residual: buffers[step.residual ?? step.output]
            case .gate: buffers[step.gate ?? step.output]
            case .output: buffers[step.output]
            case .scratch(let scratch): slots[step.scratch[scratch]]
            case .table(let table): stage.tables[table]
            }
          try kernel.setArgument(place, buffer)
        }
        try kernel.setArgument(call.operands.count, bytes: call.arguments)
        launches.append(Launch(kernel, call.workSize))
      }
    }
    return launches
  }
}
