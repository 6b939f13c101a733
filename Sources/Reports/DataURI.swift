import FoundationEssentials
import Imaging

/// A picture inside a page: its file as base64.
struct DataURI: Sendable {
  /// `data:image/jpeg;base64,...`.
  let text: String
  let width: Int
  let height: Int

  /// Encodes a picture; nil where there is no memory for it.
  init?(_ picture: Picture, as format: PictureFormat = .jpeg) {
    let bytes: [UInt8]
    do throws(ImagingError) {
      bytes = format == .jpeg ? try picture.jpeg(quality: 85) : try picture.png()
    } catch {
      return nil
    }
    text = "data:image/\(format.rawValue);base64,\(Data(bytes).base64EncodedString())"
    width = picture.width
    height = picture.height
  }

  /// What the template reads.
  func values(alt: String) -> [String: Any] {
    ["source": text, "width": width, "height": height, "alt": alt]
  }
}
