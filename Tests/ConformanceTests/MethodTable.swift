import Foundation

/// Lines for `Tools/method-table`, which asks for them by a variable of the environment.
enum MethodTable {
  /// How far one entry of the fixtures was from what an engine of this machine found.
  struct Line {
    let method: String
    let variant: String
    let peer: String
    let network: String
    let engine: MapFixtureTests.Engine
    /// The largest difference, relative to the largest value of signed maps.
    let worst: Float
    /// The maps that counted.
    let count: Int
  }

  /// Prints a line if the tool asks.
  static func say(_ line: Line) {
    guard ProcessInfo.processInfo.environment["SALIENT_METHOD_TABLE"] != nil else { return }
    let cells = [
      line.method, line.variant, line.peer, line.network, "\(line.engine)", "\(line.worst)",
      "\(line.count)",
    ]
    print("method-table\t" + cells.joined(separator: "\t"))
  }

  /// The settings that make another map, and not only a shorter one: `rule=mid`.
  static func variant(of settings: [String: String]) -> String {
    let counts = ["steps", "n", "masks", "level", "seed"]
    return settings.filter { !counts.contains($0.key) }.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.key == "readout" ? "LAYER" : $0.value)" }.joined(separator: " ")
  }
}
