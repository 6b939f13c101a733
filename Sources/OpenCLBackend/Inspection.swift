/// What changes when a plan is checked and not just run.
///
/// Every tensor gets memory of its own between guard bands; memory is filled with NaN first.
package struct Inspection: Sendable, Hashable {
  /// The variant to use where the ladder has it; nil for the production choice.
  package var variant: String?
  /// The tile to use where the variant has it; nil for the production choice.
  package var tile: Tile?
  /// Whether steps are fused as in production.
  package var fuses: Bool

  package init(variant: String? = nil, tile: Tile? = nil, fuses: Bool = true) {
    self.variant = variant
    self.tile = tile
    self.fuses = fuses
  }
}
