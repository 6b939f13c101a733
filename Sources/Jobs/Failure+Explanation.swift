import Execution
import Saliency

extension Failure {
  /// The failure behind an error of a method or engine.
  public init(_ error: ExplanationError, engine: Engine) {
    switch error {
    case .backend(let error): self.init(error, device: engine.backend.name)
    case .graph(let error): self.init(.content, "the model", error.description)
    case .unknownLayer(let layer, let nearest):
      self.init(
        .usage, "--layer \(layer)", "no such tensor or module",
        try: nearest.isEmpty
          ? "salient layers lists them"
          : "nearest: \(nearest.map(\.text).joined(separator: ", "))")
    case .notFinite(let tensor, _):
      self.init(
        .content, "", "\(tensor) hold NaN or infinity",
        try: "check the preprocessing of this input and the weights of the model")
    case .unsuitable(let reason): self.init(.content, "the model", reason)
    }
  }

  /// The failure behind an error of an engine.
  public init(_ error: BackendError, device: String) {
    switch error {
    case .unavailable(let reason): self.init(.device, device, reason, try: "see salient devices")
    case .unsupported(let node):
      self.init(
        .content, "the model", "\(device) has no kernel for \(node)",
        try: "--device reference computes everything")
    case .outOfMemory(let what):
      self.init(.temporary, device, "out of memory: \(what)", try: "raise --memory, or free some")
    case .mismatch(let what): self.init(.ours, device, what, try: "please report this")
    case .weights(let what): self.init(.content, "the model", what)
    case .kernel(let path, let log):
      self.init(.ours, path, "does not build on \(device): \(log)", try: "please report this")
    case .launch:
      self.init(.ours, device, error.description, try: "please report this")
    case .device(let what):
      self.init(.temporary, device, what, try: "go on with --resume, or see salient devices")
    case .cancelled: self.init(.interrupted, "", "interrupted")
    }
  }

  /// Whether less work at a time may help.
  var isShortage: Bool { kind == .temporary && what.hasPrefix("out of memory") }

  /// The failure of an image whose true class is asked for and not known.
  static func unknownTruth(of input: Input) -> Failure {
    let reason =
      switch input.truth {
      case .unknown(let reason): reason
      default: "its true class is not known"
      }
    return Failure(
      .content, input.source, "no target truth: \(reason)", try: "give --truth SOURCE that names it"
    )
  }
}
