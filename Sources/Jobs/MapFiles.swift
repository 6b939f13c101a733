/// Where the files of one map lie, relative to the folder of the run.
struct MapFiles: Hashable, Sendable {
  /// What all of them are called, without extension: `cat.jpg.group-cam.c281`.
  let stem: String

  /// The files of a map.
  /// - Parameters:
  ///   - image: the name of the image.
  ///   - method: the name of the method.
  ///   - place: the names of target and layer, as `MapPlace` has them.
  init(image: String, method: String, place: String) {
    stem = "\(image).\(method).\(place)"
  }

  /// The map.
  var map: String { "maps/\(stem).npy" }
  /// The map before normalisation.
  var raw: String { "maps/\(stem).raw.npy" }
  /// The picture with only the evidence kept.
  var blend: String { "overlays/\(stem).blend.png" }

  /// What report and sheet are drawn from: the map, or for some methods the raw one.
  func drawn(_ method: MethodRequest) -> String { method.explainer.isDrawnAtOnce ? raw : map }

  /// The same where it is there for a while only, for nothing else needs it; else nil.
  func working(_ method: MethodRequest, _ keeps: Keeps) -> String? {
    keeps.needsWorkingMap(of: method) ? drawn(method) : nil
  }

  /// The picture with the map.
  func overlay(isJPEG: Bool) -> String { "overlays/\(stem).\(isJPEG ? "jpg" : "png")" }

  /// Those that a run may have made; the overlay is named by its record.
  func all(_ keeps: Keeps) -> [String] {
    var files: [String] = []
    if !keeps.kinds.isDisjoint(with: [.map, .sheet, .report]) { files.append(map) }
    if !keeps.kinds.isDisjoint(with: [.raw, .sheet, .report]) { files.append(raw) }
    if keeps.contains(.blend) { files.append(blend) }
    return files
  }
}

/// What file names call a target at a layer; `run.json` keeps it, for records have no room for it.
public struct MapPlace: Hashable, Sendable {
  /// The text of the target.
  let target: String
  /// The name of the layer; empty where methods read none.
  let layer: String
  /// The part of file names, `c281` or `c281.layer3`.
  let name: String

  init(_ target: TargetRequest, _ layer: LayerRequest) {
    self.target = target.text
    self.layer = layer.name
    name = [target.name, layer.fileName].compactMap { $0 }.joined(separator: ".")
  }

  /// Reads what `json` wrote; nil where it is something else.
  init?(_ json: JSONValue) {
    guard let target = json["target"]?.string, let layer = LayerRequest.name(json["layer"]),
      let name = json["name"]?.string
    else { return nil }
    (self.target, self.layer, self.name) = (target, layer, name)
  }

  var json: JSONValue {
    [
      "target": .string(target), "layer": layer.isEmpty ? .null : .string(layer),
      "name": .string(name),
    ]
  }
}

extension Job {
  /// What file names call each target at each layer.
  var places: [MapPlace] {
    var all: [LayerRequest] = []
    for method in methods {
      for layer in layers(of: method) where !all.contains(layer) { all.append(layer) }
    }
    return targets.flatMap { target in all.map { MapPlace(target, $0) } }
  }
}
