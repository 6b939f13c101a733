import Assets
import Jobs

extension Labels {
  /// The names of the 1000 classes of ImageNet-1k, in the usual order, also known by their synsets.
  public static var imageNet: Labels {
    Labels(
      lines(of: "labels/imagenet-1k.txt"), origin: "ImageNet-1k",
      synsets: lines(of: "labels/imagenet-1k-synsets.txt"))
  }

  private static func lines(of asset: String) -> [String] {
    String(decoding: EmbeddedAssets.bytes(of: asset) ?? [], as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }
}
