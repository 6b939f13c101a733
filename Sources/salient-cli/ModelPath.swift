import Imaging
import Jobs
import Models
import Salient

/// A model as the command line names it.
struct ModelPath {
  /// A file, or the name of a bundled model.
  let path: String
  /// Where weights lie that are not beside it.
  var externalDataFolder: String?

  /// Reads the network for images of a size; a file that fixes another is refused where the size is
  /// firm, else its own is taken.
  func read(_ size: Preset.Size?, isFirm: Bool) throws(Failure) -> Network {
    let sides = size.map { (height: $0.height, width: $0.width) }
    do throws(Failure) {
      return try Salient.Model.read(path, size: sides, externalDataFolder: externalDataFolder)
    } catch  where !isFirm && size != nil {
      return try Salient.Model.read(path, externalDataFolder: externalDataFolder)
    }
  }
}
