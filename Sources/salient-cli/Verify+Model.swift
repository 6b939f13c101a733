import Jobs
import Salient
import Tensors

extension Verify {
  /// Checks every step of a model's plan, on an input or on noise.
  func verifyModel() async throws(Failure) -> Int32 {
    var words = words
    guard let path = model.model ?? words.first else { return 0 }
    if model.model == nil { words.removeFirst() }
    guard words.count <= 1 else {
      throw Failure(
        .usage, words[1], "one INPUT is enough", try: "salient verify net.onnx input.npy")
    }
    guard op == nil, family == nil, level == nil else {
      throw Failure(
        .usage, "--model", "all steps of its plan are checked",
        try: "leave out --op, --family and --level")
    }
    let size = try model.size.map { text throws(Failure) in try Flags.size(text) }
    let network = try Salient.Model.read(
      path, size: size, externalDataFolder: model.externalDataFolder)
    let images = try words.first.map { path throws(Failure) in try Self.images(path) }
    let table = VerificationTable(isQuiet: quiet, isSilent: json)
    let device = try device.open()
    table.printHead()
    let result = try await Verification.check(
      network, name: path, on: device, images: images, report: table.print
    ) { failed throws(Failure) in
      if let keep { try Self.write(failed, to: keep) }
    }
    if let first = result.firstFailure, !json {
      Terminal.say(
        "first step that deviates: \(first.operatorName) at \(first.worst?.title ?? "")\n")
    }
    return try finish(result)
  }

  private static func images(_ path: String) throws(Failure) -> HostTensor<Float> {
    guard path.lowercased().hasSuffix(".npy") || !InputList.exists(path) else {
      throw Failure(
        .content, path, "is no .npy file",
        try: "give preprocessed images, float32 [N, C, H, W], or leave INPUT out: noise is taken")
    }
    let tensor = try NPYFile(path).tensor()
    return tensor.shape.rank == 3 ? tensor.reshaped(Shape([1] + tensor.shape.extents)) : tensor
  }
}
