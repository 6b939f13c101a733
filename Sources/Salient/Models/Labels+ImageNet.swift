import Assets
import Jobs

extension Labels {
  /// The names of the 1000 classes of ImageNet-1k, in the usual order.
  public static var imageNet: Labels {
    let text = String(
      decoding: EmbeddedAssets.bytes(of: "labels/imagenet-1k.txt") ?? [], as: UTF8.self)
    return Labels(text.split(separator: "\n").map(String.init), origin: "ImageNet-1k")
  }
}
