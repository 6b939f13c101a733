import Graphs
import Models

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension WholeFile {
  /// Puts tensors at a path, as safetensors, piece by piece.
  /// - Parameters:
  ///   - chunks: the bytes of the tensors.
  ///   - path: the file.
  /// - Throws: `Failure` of kind `inputOutput` where the disk is at fault, of kind `content` where a
  ///   tensor cannot be read; nothing is left behind then.
  public static func write(_ chunks: SafetensorsChunks, to path: String) throws(Failure) {
    var chunks = chunks
    var unreadable: WeightError?
    do throws(SystemError) {
      try place(at: path) { file throws(SystemError) in
        while true {
          switch Result(catching: { () throws(WeightError) in try chunks.next() }) {
          case .success(let bytes?): try file.write(bytes)
          case .success(nil): return
          case .failure(let error):
            unreadable = error
            throw SystemError(code: EIO)
          }
        }
      }
    } catch {
      throw unreadable.map { Failure(.content, path, $0.description) } ?? error.writing(path)
    }
  }
}
