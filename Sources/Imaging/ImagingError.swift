/// Why a file is not a picture that can be used, or a preset not one that can be applied.
///
/// The file at fault is known to the caller; `what` and `hint` are the rest of its line.
public enum ImagingError: Error, Sendable, Hashable {
  /// Neither PNG nor JPEG, and what it seems to be instead, if known.
  case format(found: String?)
  /// The bytes break the rules of the format, or end too early; in the words of the decoder.
  case damaged(PictureFormat, String)
  /// More pixels, a longer side or more scans than allowed; in the words of the decoder.
  case tooLarge(String)
  /// A kind of PNG or JPEG that is not read.
  case unsupported(PictureFormat, String)
  /// The memory for the pixels could not be had; it may work later.
  case memory
  /// A size that a picture cannot be brought to.
  case size(String)
  /// No preset of this name; the nearest ones.
  case unknownPreset(String, nearest: [String])
  /// A preset file or value with a mistake: the key, and what is wrong.
  case preset(key: String, String)

  /// What is wrong, without the place.
  public var what: String {
    switch self {
    case .format(let found?): "is \(found), neither PNG nor JPEG"
    case .format(nil): "is neither PNG nor JPEG"
    case .damaged(let format, let reason): "is a damaged \(format) file: \(reason)"
    case .tooLarge(let reason): reason
    case .unsupported(let format, let reason): "is a \(format) file that cannot be read: \(reason)"
    case .memory: "no memory for its pixels"
    case .size(let reason): reason
    case .unknownPreset(let name, _): "\(name): no such preset"
    case .preset(let key, let reason): key.isEmpty ? reason : "\(key): \(reason)"
    }
  }

  /// What to try; nil where nothing is known to help.
  public var hint: String? {
    switch self {
    case .format("empty"): "copy it again"
    case .format("text"), .format(nil): "give a PNG or JPEG picture"
    case .format(.some): "convert it to PNG"
    case .damaged: "copy or export it again"
    case .tooLarge(let reason):
      reason.contains("scans")
        ? "save it again as baseline JPEG" : "make it smaller, or raise --max-pixels"
    case .unsupported: "save it as 8-bit RGB"
    case .memory: "try again with fewer --threads"
    case .size: nil
    case .unknownPreset(_, let nearest):
      nearest.isEmpty ? nil : "did you mean \(nearest.joined(separator: ", "))?"
    case .preset: nil
    }
  }
}

extension ImagingError: CustomStringConvertible {
  /// `WHAT; TRY` on one line.
  public var description: String { hint.map { "\(what); \($0)" } ?? what }
}
