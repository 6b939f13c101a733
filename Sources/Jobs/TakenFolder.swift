/// A folder that no other process of this program writes into.
public struct TakenFolder: ~Copyable {
  private let lock: FolderLock

  init(_ path: String) throws(Failure) {
    lock = try FolderLock(path)
  }
}
