import Jobs
import Operators

/// The file; a row that was not measured has its name and little else.
struct PeerDocument: Decodable, Sendable {
  var threads: Int
  var precision: String?
  var rows: [Row]

  struct Row: Decodable {
    var row: String
    var kind: String?
    var network: String?
    var model: String?
    var modelSHA256: String?
    var size: [Int]?
    var images: Int?
    var method: String?
    var device: String?
    var driver: String?
    var precision: String?
    var verdict: String?
    var versions: [String: String]?
    var groups: [String: Figure]?

    private enum CodingKeys: String, CodingKey {
      case row, kind, network, model, size, images, method, device, driver, precision, verdict
      case versions, groups
      case modelSHA256 = "model_sha256"
    }
  }

  struct Figure: Decodable {
    var peer: String
    var milliseconds: Double
  }
}

extension PeerDocument {
  /// What makes a row other work than ours, or work under other conditions; empty where nothing does.
  func differences(
    of row: Row, from works: [PeerFigures.Work], _ setup: PeerFigures.Setup
  ) -> [String] {
    guard !row.isEmpty else { return [row.verdict ?? "not measured"] }
    var differences = row.differences(from: works)
    func compare(_ name: String, _ theirs: String?, _ ours: String?) {
      guard theirs != ours else { return }
      differences.append("\(name) \(theirs ?? "not said"), here \(ours ?? "unknown")")
    }
    if !row.isOf(setup) { differences.append("network \(row.model ?? row.network ?? "not said")") }
    if let size = row.size { compare("size", Self.text(size), Self.text(setup.size)) }
    compare("device", row.device, setup.device)
    compare("driver", row.driver, setup.driver)
    compare("precision", row.precision ?? precision, setup.precision)
    if let count = setup.threads { compare("threads", "\(threads)", "\(count)") }
    return differences
  }

  private static func text(_ size: [Int]) -> String {
    size.map(String.init).joined(separator: "x")
  }
}

extension PeerDocument.Row {
  /// Whether it holds no time of a peer.
  var isEmpty: Bool { !(groups ?? [:]).values.contains { $0.milliseconds > 0 } }

  /// Whether it is of the same network: by the bytes of its file where they are known, else by the
  /// name of the file, or that of the network.
  func isOf(_ setup: PeerFigures.Setup) -> Bool {
    if let modelSHA256 { return modelSHA256 == setup.modelHash }
    let name = setup.model.split(separator: "/").last.map(String.init) ?? setup.model
    return name == model || name.prefix { $0 != "." } == network ?? ""
  }

  /// What makes it other work than all of ours.
  func differences(from works: [PeerFigures.Work]) -> [String] {
    let same = works.filter(isSameKind)
    guard let batch = same.first?.batch else { return [method ?? kind ?? "kind not said"] }
    guard !same.contains(where: { $0.batch == images }) else { return [] }
    return ["batch \(images.map(String.init) ?? "not said"), here \(batch)"]
  }

  /// Whether it is the same work.
  func isFor(_ work: PeerFigures.Work) -> Bool { images == work.batch && isSameKind(work) }

  /// Whether it is the same work, of however many images.
  private func isSameKind(_ work: PeerFigures.Work) -> Bool {
    switch (kind, work.kind) {
    case ("forward", .forward): true
    case ("group-cam", .method(let name)), ("method", .method(let name)):
      method.map { Self.areEqual($0, name) } ?? false
    case ("data-gradient", .operation(Conv2DDataGradient.name)),
      ("weight-gradient", .operation(Conv2DWeightGradient.name)):
      true
    default: false
    }
  }

  /// Whether two methods are the same with all their settings.
  private static func areEqual(_ one: String, _ other: String) -> Bool {
    func settled(_ text: String) -> MethodRequest? {
      let requests = try? MethodCatalogue().requests([text], set: [])
      return requests?.count == 1 ? requests?.first : nil
    }
    guard let one = settled(one), let other = settled(other) else { return false }
    return one.methodName == other.methodName && one.settings == other.settings
  }

  /// Its peers, the fastest first.
  func matches(_ work: PeerFigures.Work) -> [PeerFigures.Match] {
    let figures = (groups ?? [:]).values.filter { $0.milliseconds > 0 }
    return figures.sorted { ($0.milliseconds, $0.peer) < ($1.milliseconds, $1.peer) }.map {
      PeerFigures.Match(
        row: row, work: work, peer: $0.peer, version: versions?[$0.peer],
        milliseconds: $0.milliseconds, isBusy: verdict == "busy")
    }
  }
}
