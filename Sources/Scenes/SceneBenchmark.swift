/// A fixed set of scenes to measure on: whoever renders it gets the same pictures, so figures of
/// different people and days can be compared.
///
/// Whatever changes a pixel of it gets a new name.
public struct SceneBenchmark: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// The seed of the scenes.
  public let seed: UInt64
  /// How many there are.
  public let count: Int
  /// What they show.
  public let options: SceneOptions

  /// 50 scenes of 128x128 with one to three objects, of the evaluation split.
  public static let benchmark = SceneBenchmark(
    name: "benchmark", seed: 20_210_325, count: 50, options: .benchmark)
}
