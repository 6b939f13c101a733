import Imaging
import Jobs
import Tensors

/// How pictures are prepared in a run, and who said so.
struct PresetInUse {
  let preparation: Preparation
  /// Where the steps come from.
  let origin: String
  /// Where the size comes from.
  let sizeOrigin: String
  /// Whether every picture has a height and width of its own.
  let isSizeOpen: Bool
  /// Whether a flag replaces a step.
  let isOverridden: Bool

  private var preset: Preset { preparation.preset }

  /// `224x224 imagenet [assumed: the file states none]: shorter side 256, centre crop`.
  func line(_ shape: Shape, pictures: Bool) -> String {
    let size = "\(shape[1])x\(shape[2])"
    guard pictures else {
      return "\(size) [\(sizeOrigin)]: .npy of \(shape[0]) channels, used as they are"
    }
    let flags = isOverridden ? ", with flags" : ""
    let more =
      (preset.exif == .apply ? ["upright"] : []) + (shape[0] == 1 ? ["grey"] : [])
      + (preset.channels == .bgr ? ["BGR"] : [])
    return "\(isSizeOpen ? "any size" : size) \(preset.name) [\(origin)\(flags)]: "
      + ([steps] + more).joined(separator: ", ")
  }

  private var steps: String {
    switch preset.fit {
    case .shorter(let side, nil): "shorter side \(side)"
    case .shorter(let side, .some): "shorter side \(side), centre crop"
    case .exact(let size, nil): "squashed to \(size)"
    case .exact(let size, .some): "squashed to \(size), centre crop"
    case .letterbox(let size): "inside \(size), bars around it"
    }
  }

  /// The preset in full, in the form that `--preset FILE` takes.
  var json: JSONValue {
    var members: [JSONValue.Member] = [.init("name", .string(preset.name))]
    let list = { (size: Preset.Size) -> JSONValue in [.integer(size.height), .integer(size.width)] }
    switch preset.fit {
    case .shorter(let side, let crop):
      members += [
        .init("fit", .string("shorter")), .init("resize", .integer(side)),
        .init("crop", crop.map(list) ?? .null),
      ]
    case .exact(let size, let crop):
      members += [
        .init("fit", .string("exact")), .init("resize", list(size)),
        .init("crop", crop.map(list) ?? .null),
      ]
    case .letterbox(let size):
      members += [
        .init("fit", .string("letterbox")), .init("resize", list(size)), .init("crop", .null),
      ]
    }
    return .object(
      members + [
        .init("interpolation", .string(preset.interpolation.rawValue)),
        .init("mean", .array(preset.mean.map { .number($0) })),
        .init("std", .array(preset.std.map { .number($0) })),
        .init("channels", .string(preset.channels.rawValue)),
        .init("range", .literal(preset.range.rawValue)),
        .init("exif", .string(preset.exif.rawValue)),
        .init("alpha", .string(preset.alpha.rawValue)),
        .init("resample", .string(preset.passOrder.rawValue)),
      ])
  }
}
