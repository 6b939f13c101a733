/// What a device was seen to do beyond what every OpenCL device does.
///
/// Every bit is the outcome of a small program that was built, run and compared with the host; see
/// `probed(on:)`. All kernels of this version work with all bits off. A rung that needs a bit, such
/// as products by tensor cores, asks for it in `DeviceTraits.capabilities` where its operator lists
/// its variants.
package struct Capabilities: OptionSet, Sendable, Hashable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Inline PTX knows the lane that runs.
  package static let laneIdentifiers = Capabilities(rawValue: 1 << 0)
  /// Lanes of a warp exchange registers.
  package static let laneShuffles = Capabilities(rawValue: 1 << 1)
  /// Tensor cores multiply half precision and add in single precision.
  package static let halfProducts = Capabilities(rawValue: 1 << 2)
  /// Tensor cores multiply TF32 and add in single precision.
  package static let tf32Products = Capabilities(rawValue: 1 << 3)
  /// Copies from global to local memory pass by the registers.
  package static let asyncCopies = Capabilities(rawValue: 1 << 4)
  /// Local memory is read and written 16 bytes at a time.
  package static let localQuads = Capabilities(rawValue: 1 << 5)
  /// Half precision can be stored and read, rounded to nearest.
  package static let halfStorage = Capabilities(rawValue: 1 << 6)

  /// Every bit with its name in reports, in the order in which they are tried.
  package static let names: [(bit: Capabilities, name: String)] = [
    (.laneIdentifiers, "lane ids"), (.laneShuffles, "shuffles"), (.halfProducts, "FP16 mma"),
    (.tf32Products, "TF32 mma"), (.asyncCopies, "async copies"),
    (.localQuads, "16-byte local loads"), (.halfStorage, "half storage"),
  ]
}
