import Crypto
import Models

/// The identity of a model: the SHA-256 hash of its bytes as 64 hexadecimal digits.
public enum ModelHash {
  /// The hash of a file, or of a model of the binary by its name.
  /// - Throws: `Failure` where it cannot be read.
  public static func hash(model path: String) throws(Failure) -> String {
    guard let model = BuiltInModel(rawValue: path) else { return try hash(file: path) }
    do throws(ModelError) {
      return digits(of: SHA256.hash(data: try model.bytes()))
    } catch {
      throw Failure(error)
    }
  }

  /// The hash of a file's bytes.
  /// - Throws: `Failure` where it cannot be read.
  public static func hash(file path: String) throws(Failure) -> String {
    var hash = SHA256()
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      var offset = 0
      while true {
        let bytes = try file.bytes(at: offset, count: 1 << 20)
        if bytes.isEmpty { break }
        hash.update(data: bytes)
        offset += bytes.count
      }
    } catch {
      throw error.reading(path)
    }
    return digits(of: hash.finalize())
  }

  private static func digits(of digest: SHA256.Digest) -> String {
    digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
