/// The facts about a device that decide between variants.
package struct DeviceTraits: Sendable, Hashable {
  /// A family of kernels.
  package enum Family: String, Sendable, Hashable, CaseIterable {
    /// Work-groups of one, explicit vectors, packed operands, no local memory.
    case cpu
    /// Many work-items, local memory.
    case gpu
  }

  /// The family that runs best.
  package var family: Family
  /// Floats in a native vector.
  package var floatWidth: Int
  /// What the byte where a region of a buffer begins must be a multiple of.
  package var alignment: Int
  /// How many work-groups run at a time.
  package var computeUnits: Int
  /// The work-items of the largest work-group.
  package var largestGroup: Int
  /// The bytes of local memory of a work-group.
  package var localByteCount: Int
  /// What was seen to work beyond OpenCL C; nothing until it is probed.
  package var capabilities: Capabilities = []

  package init(
    family: Family, floatWidth: Int, computeUnits: Int = 2, alignment: Int = 128,
    largestGroup: Int = 256, localByteCount: Int = 32 << 10
  ) {
    self.family = family
    self.floatWidth = floatWidth
    self.computeUnits = computeUnits
    self.alignment = alignment
    self.largestGroup = largestGroup
    self.localByteCount = localByteCount
  }
}
