import FoundationEssentials
import Imaging

/// `Tests/Fixtures/training/input`, as `Tools/reference/training_input_fixtures.py` writes it.
struct CropFixtures: Decodable {
  struct Case: Decodable {
    let picture: String
    let seed: UInt64
    let epoch: Int
    let sample: Int
    let size: [Int]
    let scale: [Double]
    let ratio: [Double]
    /// Left, top, width, height.
    let box: [Int]
    let flips: Bool
    /// The RGB bytes of the result.
    let bytes: [UInt8]
  }

  let cases: [Case]
  /// The first results, normalised.
  let inputs: [[Float]]

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  static func load() throws -> CropFixtures {
    try JSONDecoder().decode(
      CropFixtures.self,
      from: Data(contentsOf: root.appending(path: "training/input/cases.json")))
  }

  /// The path of a picture of any kind.
  static func path(of picture: String) -> String {
    root.appending(path: "images/\(picture)").path
  }

  static func picture(_ name: String) throws -> Picture {
    try PictureFile([UInt8](Data(contentsOf: URL(filePath: path(of: name))))).picture
  }
}
