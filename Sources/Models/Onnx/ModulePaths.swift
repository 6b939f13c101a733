/// The modules of the network as its exporter stated them, each with the tensor that it gave.
///
/// PyTorch's older exporter hides them in node names, `/layer4/layer4.1/relu_1/Relu`; the newer one
/// states `['', 'layer4', 'layer4.1', 'layer4.1.relu', 'relu_14']`, the last entry being the node.
/// A module gives the last tensor made inside it that is read outside; where it is called several
/// times, that of the last call, as a forward hook would see. Modules that left no node are not
/// listed, and none is guessed.
struct ModulePaths {
  /// Paths with the names of their tensors, in the order in which the modules first occur.
  private(set) var outputs: [(path: String, tensor: String)] = []

  /// Deeper nesting is not followed; no network comes near it.
  private static let depthLimit = 64
  private static let lengthLimit = 4096

  /// The modules of the nodes that compute values.
  init(_ plan: OnnxPlan, _ operands: [String: OnnxOperand]) {
    let computing = plan.nodes.filter { node in
      node.outputs.contains { name in
        operands[name]?.computed != nil
      }
    }
    let legacy = LegacyScopes(computing, operands)
    let paths = computing.map { Self.stated($0) ?? legacy.paths(of: $0) }
    let sets = paths.map { Set($0) }
    var readers: [String: [Int]] = [:]
    for (index, node) in computing.enumerated() {
      for name in node.inputs { readers[name, default: []].append(index) }
    }
    let ends = Set(plan.outputs)
    var order: [String] = []
    var found: [String: (tensor: String, isReadOutside: Bool)] = [:]
    for (index, node) in computing.enumerated() {
      for name in node.outputs {
        guard operands[name]?.computed != nil else { continue }
        for path in paths[index] {
          let isReadOutside =
            ends.contains(name) || readers[name, default: []].contains { !sets[$0].contains(path) }
          if found[path] == nil { order.append(path) }
          if isReadOutside || !(found[path]?.isReadOutside ?? false) {
            found[path] = (name, isReadOutside)
          }
        }
      }
    }
    outputs = order.compactMap { path in found[path].map { (path, $0.tensor) } }
  }

  /// The modules around a node that the newer exporter states; nil where it states nothing.
  private static func stated(_ node: OnnxNode) -> [String]? {
    guard let text = node.scopes, text.utf8.count <= lengthLimit else { return nil }
    let scopes = strings(in: text)
    guard scopes.count <= depthLimit else { return nil }
    let classes = node.classes.map { $0.utf8.count <= lengthLimit ? strings(in: $0) : [] } ?? []
    var paths: [String] = []
    for (index, scope) in scopes.enumerated().dropLast() where !scope.isEmpty {
      if classes.count == scopes.count, classes[index].hasPrefix("aten.") { continue }
      // A second call of a module is written `path@1`.
      let path = scope.split(separator: "@", maxSplits: 1).first.map(String.init) ?? scope
      if !paths.contains(path) { paths.append(path) }
    }
    return paths
  }

  /// The quoted strings of a Python list.
  private static func strings(in text: String) -> [String] {
    var found: [String] = []
    var current: String?
    var quote: Character = "'"
    var isEscaped = false
    for character in text {
      if var open = current {
        if isEscaped || (character != quote && character != "\\") {
          open.append(character)
          current = open
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else {
          found.append(open)
          current = nil
        }
      } else if character == "'" || character == "\"" {
        quote = character
        current = ""
      }
    }
    return found
  }
}

/// Module paths from node names such as `/features/features.7/features.7.0/block/block.2/fc1/Conv`.
///
/// A segment repeats the container's own name before a child's number. A second call of a module
/// has a number behind its name, `relu_1`: it is taken for the first where a scope `relu` stands
/// beside it and both use the same weights, or none.
private struct LegacyScopes {
  private var weights: [String: Set<String>] = [:]

  init(_ nodes: [OnnxNode], _ operands: [String: OnnxOperand]) {
    for node in nodes {
      let used = node.inputs.filter { name in
        guard case .weight = operands[name] else { return false }
        return true
      }
      for scope in Self.scopes(of: node) { weights[scope, default: []].formUnion(used) }
    }
  }

  /// The modules around a node, outermost first.
  func paths(of node: OnnxNode) -> [String] {
    var paths: [String] = []
    var parent = ""
    var segment = ""
    for scope in Self.scopes(of: node) {
      let raw = scope.split(separator: "/").last.map(String.init) ?? ""
      let name = firstCall(of: raw, in: String(scope.dropLast(raw.count)))
      if !segment.isEmpty, name.hasPrefix(segment + ".") {
        parent += name.dropFirst(segment.count)
      } else {
        parent += parent.isEmpty ? name : "." + name
      }
      segment = name
      if !paths.contains(parent) { paths.append(parent) }
    }
    return paths
  }

  /// The name without the number of a repeated call.
  private func firstCall(of name: String, in folder: String) -> String {
    guard let mark = name.lastIndex(of: "_"), let number = Int(name[name.index(after: mark)...]),
      number > 0
    else { return name }
    let base = String(name[..<mark])
    let previous = number == 1 ? base : "\(base)_\(number - 1)"
    guard let used = weights[folder + name], weights[folder + previous] != nil,
      weights[folder + base] == used
    else { return name }
    return base
  }

  /// The scopes around a node: every prefix of its name up to a slash.
  private static func scopes(of node: OnnxNode) -> [String] {
    guard node.name.hasPrefix("/"), node.name.utf8.count <= 4096 else { return [] }
    let segments = node.name.split(separator: "/")
    guard segments.count <= 64 else { return [] }
    var scopes: [String] = []
    var scope = ""
    for segment in segments.dropLast() {
      scope += "/" + segment
      scopes.append(scope)
    }
    return scopes
  }
}
