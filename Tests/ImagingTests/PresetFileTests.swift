import Imaging
import Testing

@Suite("Preset files")
struct PresetFileTests {
  private func read(_ text: String) throws(ImagingError) -> Preset {
    try Preset(json: Array(text.utf8), name: "file")
  }

  @Test("our keys, all and none")
  func ownKeys() throws {
    let all = try read(
      """
      {"resize": 232, "crop": 224, "fit": "shorter", "interpolation": "bicubic",
       "mean": [0.5, 0.25, 0.125], "std": [1, 2, 3], "channels": "BGR", "range": 255,
       "exif": "ignore", "alpha": "white", "resample": "pillow12"}
      """)
    #expect(all.fit == .shorter(resize: 232, crop: .init(224)))
    #expect(all.interpolation == .bicubic && all.passOrder == .pillow12)
    #expect(all.mean == [0.5, 0.25, 0.125] && all.std == [1, 2, 3])
    #expect(all.channels == .bgr && all.range == .bytes)
    #expect(all.exif == .ignore && all.alpha == .white)
    var none = try read("{}")
    none.name = "imagenet"
    none.exif = .ignore
    #expect(none == .imagenet)
    #expect(try read(#"{"crop": 299}"#).fit == .shorter(resize: 342, crop: .init(299)))
    #expect(try read(#"{"resize": 224}"#).fit == .shorter(resize: 224, crop: nil))
    #expect(
      try read(#"{"fit": "exact", "resize": [32, 48]}"#).fit
        == .exact(.init(height: 32, width: 48), crop: nil))
    #expect(try read(#"{"fit": "letterbox", "crop": 64}"#).fit == .letterbox(.init(64)))
  }

  @Test("every preset written as JSON is read back the same")
  func roundTrip() throws {
    for name in Preset.allNames {
      let preset = try Preset(named: name)
      #expect(try Preset(json: Array(preset.json.utf8), name: preset.name) == preset, "\(name)")
    }
  }

  @Test("timm's config.json, nested and flat")
  func timm() throws {
    let config = """
      {"input_size": [3, 288, 288], "crop_pct": 0.95, "interpolation": "bicubic",
       "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "crop_mode": "center", "first_conv": "x"}
      """
    let nested = try read(#"{"architecture": "resnet50", "pretrained_cfg": \#(config)}"#)
    #expect(nested.fit == .shorter(resize: 303, crop: .init(288)))
    #expect(nested.interpolation == .bicubic && nested.mean == [0.5, 0.5, 0.5])
    #expect(try read(config) == nested)
    let plain = try read(#"{"input_size": [3, 224, 224]}"#)
    #expect(plain.fit == .shorter(resize: 256, crop: .init(224)))
    let squash = try read(
      #"{"input_size": [3, 240, 256], "crop_pct": 1.0, "crop_mode": "squash"}"#)
    let size = Preset.Size(height: 240, width: 256)
    #expect(squash.fit == .exact(size, crop: size))
  }

  @Test(
    "mistakes name their key",
    arguments: [
      (#"{"reszie": 1}"#, "reszie"), (#"{"resize": 0}"#, "resize"), (#"{"resize": 1.5}"#, "resize"),
      (#"{"resize": [1, 2]}"#, "resize"), (#"{"crop": 1e9}"#, "crop"), (#"{"crop": "a"}"#, "crop"),
      (#"{"fit": "wide"}"#, "fit"), (#"{"interpolation": "lanczos"}"#, "interpolation"),
      (#"{"std": [1, 0, 1]}"#, "std"), (#"{"mean": [1, 2]}"#, "mean"), (#"{"mean": "a"}"#, "mean"),
      (#"{"mean": [1e99, 0, 0]}"#, "mean"), (#"{"range": 2}"#, "range"),
      (#"{"channels": "GRB"}"#, "channels"), (#"{"input_size": [3, 224]}"#, "input_size"),
      (#"{"input_size": [3, 224, 1e300]}"#, "input_size"),
      (#"{"input_size": [3, 64, 64], "crop_pct": 0}"#, "crop_pct"), ("[]", ""), ("{", ""), ("", ""),
    ])
  func mistakes(text: String, key: String) throws {
    do {
      _ = try read(text)
      Issue.record("\(text) was read")
    } catch .preset(let found, let what) {
      #expect(found == key && !what.isEmpty, "\(text)")
    }
  }
}
