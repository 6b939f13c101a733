/// Which of the maps of an image one is.
///
/// Records, `--resume`, `--overwrite` and sheets tell maps apart by it and by nothing else. A
/// target's text serves: it has one name, and no two targets of a run have the same name.
public struct MapKey: Hashable, Sendable {
  /// The name of the method, with its settings.
  public let method: String
  /// The text of the target, `3` and not `all`.
  public let target: String
  /// The name of the layer; empty where the method reads none.
  public let layer: String

  /// The key of what a run makes.
  public init(_ method: MethodRequest, _ target: TargetRequest, _ layer: LayerRequest) {
    self.method = method.name
    self.target = target.text
    self.layer = layer.name
  }

  /// The key of a line of `results.jsonl`; nil where it is no record of a map.
  public init?(_ record: JSONValue) {
    guard record["error"] == nil, let method = record["method"]?.string,
      let target = record["target"]?["text"]?.string,
      let layer = LayerRequest.name(record["layer"])
    else { return nil }
    self.method = method
    self.target = target
    self.layer = layer
  }
}

extension Job {
  /// The keys of the maps of one image.
  var mapKeys: Set<MapKey> {
    var keys: Set<MapKey> = []
    for method in methods {
      for target in targets {
        for layer in layers(of: method) { keys.insert(MapKey(method, target, layer)) }
      }
    }
    return keys
  }
}
