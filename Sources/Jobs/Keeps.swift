/// What a run keeps.
public struct Keeps: Sendable, Hashable {
  /// One kind of file.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The finished map.
    case map
    /// The picture with its map.
    case overlay
    /// The map before normalisation.
    case raw
    /// The picture with only the evidence kept, as the network saw it.
    case blend
    /// All pictures and maps on one.
    case sheet
    /// A page that shows the run.
    case report
  }

  /// The kinds.
  public var kinds: Set<Kind>

  /// What to keep.
  public init(_ kinds: Set<Kind>) {
    self.kinds = kinds
  }

  /// Whether files of a kind are kept.
  public func contains(_ kind: Kind) -> Bool { kinds.contains(kind) }

  /// The kinds as the user writes them; `none` where there are none.
  public var words: [String] {
    let words = Kind.allCases.filter(kinds.contains).map(\.rawValue)
    return words.isEmpty ? ["none"] : words
  }

  /// Whether maps of a method are written that nobody asked for, and removed at the end.
  ///
  /// Sheet and report draw from files, so that a run that goes on shows what was done before.
  func needsWorkingMap(of method: MethodRequest) -> Bool {
    !contains(method.explainer.isDrawnAtOnce ? .raw : .map)
      && (contains(.sheet) || contains(.report))
  }

  /// Whether anything is made of finished maps.
  var needsMaps: Bool { !kinds.isDisjoint(with: [.map, .overlay, .blend, .sheet, .report]) }
}
