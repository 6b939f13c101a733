import Foundation

/// Lines for `Tools/method-table metrics` of what is measured on the host, whatever the engine.
enum TableLine {
  /// Prints a line if the tool asks by its variable of the environment.
  /// - Parameters:
  ///   - metric: what is compared.
  ///   - settings: those that are tried.
  ///   - peer: the package that it is compared with.
  ///   - worst: the largest difference.
  ///   - count: the numbers that were compared.
  static func say(
    _ metric: String, _ settings: String, _ peer: String, _ worst: Double, _ count: Int
  ) {
    guard ProcessInfo.processInfo.environment["SALIENT_METHOD_TABLE"] != nil else { return }
    let cells = [metric, settings, peer, "none", "host", "\(worst)", "\(count)"]
    print("method-table\t" + cells.joined(separator: "\t"))
  }
}
