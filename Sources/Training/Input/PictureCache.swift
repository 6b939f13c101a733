import Imaging
import Jobs
import Synchronization

/// The decoded pictures of a set, kept from epoch to epoch while there is room for them.
///
/// Those that came first stay. Decoding takes a tenth of the time of training the bundled network, and
/// more on faster devices.
package final class PictureCache: Sendable {
  private struct Kept {
    var pictures: [Int: Picture] = [:]
    var byteCount = 0
  }

  private let byteCountMaximum: Int
  private let kept = Mutex(Kept())

  /// An empty cache.
  /// - Parameter byteCountMaximum: what all pictures together may take.
  package init(byteCountMaximum: Int = 512 << 20) { self.byteCountMaximum = byteCountMaximum }

  /// The pictures that are kept.
  package var count: Int { kept.withLock { $0.pictures.count } }

  /// A picture of the set; what cannot be decoded is tried again the next time.
  /// - Parameters:
  ///   - place: its place in the set.
  ///   - decode: makes it where it is not kept.
  /// - Returns: the whole picture.
  /// - Throws: what `decode` throws.
  package func picture(
    at place: Int, orDecoded decode: () throws(Failure) -> Picture
  ) throws(Failure) -> Picture {
    if let picture = kept.withLock({ $0.pictures[place] }) { return picture }
    let picture = try decode()
    kept.withLock { kept in
      guard kept.byteCount + picture.bytes.count <= byteCountMaximum,
        kept.pictures.updateValue(picture, forKey: place) == nil
      else { return }
      kept.byteCount += picture.bytes.count
    }
    return picture
  }
}
