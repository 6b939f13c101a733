import Jobs
import Models
import Saliency
import Training

/// `--augment`: what is done to batches before a network learns from them.
struct AugmentChoice {
  /// As the user wrote it; `none` for nothing.
  let text: String
  /// What is done; nil for nothing.
  let options: AugmentationOptions?

  /// What the header says of it.
  /// - Parameter layer: the layer that maps are read at; nil where nothing reads one.
  /// - Returns: the line behind its head.
  func line(at layer: Network.Layer?) -> String {
    guard let options else { return "none" }
    let place = layer.map { options.explainer.readsLayer ? " at \($0.name)" : "" } ?? ""
    let parts = [options.explainer.resolvedSettings, options.resolvedSettings].map { settings in
      settings.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    }
    return "\(text)  maps of the true class\(place): \(parts.joined(separator: "; "))"
  }

  /// The method and all settings in force, as run.json keeps them.
  var json: JSONValue {
    guard let options else { return .null }
    let settings = options.explainer.resolvedSettings + options.resolvedSettings
    return .object(
      [.init("method", .string(type(of: options.explainer).name))]
        + settings.map { .init($0.name, .string($0.value)) })
  }

  /// Reads `METHOD[:KEY=VALUE]...`, or `none`.
  /// - Throws: `Failure` naming the nearest method or setting.
  init(_ text: String) throws(Failure) {
    self.text = text
    guard text != "none" else {
      options = nil
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var settings: [String: String] = [:]
    for part in parts.dropFirst() {
      guard let sign = part.firstIndex(of: "="), sign != part.startIndex else {
        throw Failure(
          .usage, "--augment \(text)", "\(part.isEmpty ? "a setting" : part) is not KEY=VALUE",
          try: "write --augment group-cam:every=2, or none")
      }
      settings[String(part[..<sign])] = String(part[part.index(after: sign)...])
    }
    let method = try MethodCatalogue().method(parts.first ?? "", flag: "--augment")
    do throws(SettingError) {
      options = try AugmentationOptions(method: method.name, settings: settings)
    } catch {
      throw Failure(.usage, "--augment \(text)", error.description)
    }
  }
}
