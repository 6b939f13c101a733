import Graphs
import Tensors

extension Blueprint {
  /// The network of the weights in a file.
  /// - Parameters:
  ///   - file: the weights, named as PyTorch's `state_dict` does.
  ///   - classCount: the number of classes, at least 1; by default as many as the weights have.
  ///   - size: height and width of the pictures; by default those of the architecture.
  /// - Throws: `ModelError` where no architecture fits, or the size does not.
  public init(
    _ file: SafetensorsFile, classCount: Int? = nil, size: (height: Int, width: Int)? = nil
  ) throws(ModelError) {
    guard let architecture = Architecture(of: file) else {
      throw .otherFormat(
        path: file.path, format: "weights without their network, of no architecture that is known",
        remedy: "export ONNX with torch.onnx.export(model, x, \"net.onnx\")")
    }
    self = try architecture.blueprint(of: file, classCount: classCount, size: size)
  }

  /// The parameters of a file.
  ///
  /// Counters of batches are passed over; DenseNet's old names and the `module.` of `DataParallel`
  /// are known.
  /// - Parameters:
  ///   - file: the weights.
  ///   - headSeed: where the numbers of a new last layer come from, for which the file may have
  ///     other classes; nil keeps the file's.
  /// - Returns: one source for each of `parameters`.
  /// - Throws: `ModelError.malformed` where a parameter is missing, left over or of another shape.
  public func weights(
    of file: SafetensorsFile, headSeed: UInt64? = nil
  ) throws(ModelError) -> [ParameterName: any WeightSource] {
    var stored = file.parameters
    var weights: [ParameterName: any WeightSource] = [:]
    if let headSeed {
      let new = initialWeights(seed: headSeed)
      for name in head {
        stored[name] = nil
        weights[name] = new[name]
      }
    }
    for parameter in parameters where weights[parameter.name] == nil {
      guard let source = stored.removeValue(forKey: parameter.name) else {
        throw file.malformed(parameter.name, "is missing")
      }
      guard source.shape == parameter.shape else {
        throw file.malformed(parameter.name, "is \(source.shape), not \(parameter.shape)")
      }
      weights[parameter.name] = source
    }
    if let surplus = stored.keys.min(by: { $0.text < $1.text }) {
      throw file.malformed(surplus, "belongs to no module of \(architecture.rawValue)")
    }
    return weights
  }
}

extension Architecture {
  /// The architecture of the weights in a file: the one that it states under `arch`, else the one
  /// whose parameters it has, name for name and shape for shape; nil where there is none.
  public init?(of file: SafetensorsFile) {
    let stated = file.metadata["arch"].flatMap(Architecture.init(rawValue:))
    guard let found = stated ?? Self.allCases.first(where: { $0.fits(file) }) else { return nil }
    self = found
  }

  /// The network for as many classes as weights have, or as are asked for.
  fileprivate func blueprint(
    of file: SafetensorsFile, classCount: Int? = nil, size: (height: Int, width: Int)?
  ) throws(ModelError) -> Blueprint {
    let bias = "\(head).bias"
    guard let shape = file.parameters[ParameterName(bias)]?.shape, shape.rank == 1, shape[0] > 0
    else { throw file.malformed(bias, "is missing, or no list of numbers") }
    let count = classCount ?? shape[0]
    return self == .scenes
      ? try blueprint(ScenesNetwork(file), classCount: count, size: size)
      : try blueprint(classCount: count, size: size)
  }

  /// Whether weights have its parameters, name for name and shape for shape.
  fileprivate func fits(_ file: SafetensorsFile) -> Bool {
    guard let blueprint = try? blueprint(of: file, size: nil) else { return false }
    let stored = file.parameters
    return stored.count == blueprint.parameters.count
      && blueprint.parameters.allSatisfy { stored[$0.name]?.shape == $0.shape }
  }
}

extension SafetensorsFile {
  /// The tensors under the names that modules have today.
  fileprivate var parameters: [ParameterName: any WeightSource] {
    let prefix = names.allSatisfy { $0.text.hasPrefix("module.") } ? "module.".count : 0
    var parameters: [ParameterName: any WeightSource] = [:]
    for (name, source) in weights where !name.text.hasSuffix(".num_batches_tracked") {
      parameters[ParameterName(Self.current(String(name.text.dropFirst(prefix))))] = source
    }
    return parameters
  }

  /// Before PyTorch 0.4 modules could be called `norm.1`; torchvision's DenseNet files still do.
  private static func current(_ name: String) -> String {
    guard name.contains(".denselayer") else { return name }
    return name.replacing(".norm.", with: ".norm").replacing(".conv.", with: ".conv")
  }

  fileprivate func malformed(
    _ name: some CustomStringConvertible, _ problem: String
  ) -> ModelError {
    .malformed(file: path, place: "tensor \(ModelError.short("\(name)"))", problem: problem)
  }
}
