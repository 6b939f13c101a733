import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// The weights of a rehearsal: of each form that a plan asks for, the memory.
actor RehearsedParameters: ResidentParameters {
  private let names: Set<ParameterName>
  private let backend: RehearsalBackend
  /// What was put in the place of weights, which takes no memory of its own.
  private var replaced: [ParameterName: any ResidentTensor] = [:]
  private var forms: [Weight: [ParameterForm: MemoryClaim]] = [:]

  init(_ names: Set<ParameterName>, on backend: RehearsalBackend) {
    self.names = names
    self.backend = backend
  }

  private init(
    _ names: Set<ParameterName>, _ forms: [Weight: [ParameterForm: MemoryClaim]],
    on backend: RehearsalBackend
  ) {
    self.names = names
    self.forms = forms
    self.backend = backend
  }

  func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    try replace([name], with: tensor)
  }

  func replace(
    _ offsets: [ParameterName: Int], with arena: any ResidentTensor
  ) async throws(BackendError) {
    try replace(Set(offsets.keys), with: arena)
  }

  func replacing(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    let others = Set(weights.keys)
    try check(others)
    return RehearsedParameters(
      names, forms.filter { $0.key.parameters.isDisjoint(with: others) }, on: backend)
  }

  /// Counts a form of a weight, made as `OpenCLParameters` makes it from a file, where it is not there
  /// yet.
  func hold(
    _ wanted: (weight: Weight, form: ParameterForm, shape: Shape)
  ) async throws(BackendError) {
    let (weight, form, shape) = wanted
    guard forms[weight]?[form] == nil else { return }
    let plain = try await plain(weight, shape)
    let packed =
      try form == .plain ? nil : backend.claim(floats: form.floatCount(of: shape))
    forms[weight, default: [:]][form] = withExtendedLifetime(plain) { packed ?? plain }
  }

  /// The memory of a weight as it is in the file, or as it is computed.
  private func plain(
    _ weight: Weight, _ shape: Shape
  ) async throws(BackendError) -> MemoryClaim? {
    switch weight {
    case .parameter(let name):
      try check([name])
      guard replaced[name] == nil else { return nil }
      return try backend.claim(floats: shape.elementCount)
    case .computed(let graph):
      let executable = try await backend.compile(graph, CompileOptions(capacity: 1))
      let outputs = try await executable.run([], self)
      return (outputs.first as? RehearsedTensor)?.claim
    }
  }

  private func replace(
    _ others: Set<ParameterName>, with tensor: any ResidentTensor
  ) throws(BackendError) {
    try check(others)
    for name in others { replaced[name] = tensor }
    forms = forms.filter { $0.key.parameters.isDisjoint(with: others) }
  }

  private func check(_ others: Set<ParameterName>) throws(BackendError) {
    guard let stranger = others.first(where: { !names.contains($0) }) else { return }
    throw .weights("\(stranger): no such weight")
  }
}
