import FoundationEssentials
import Jobs
import Operators

/// The times of other programs for the same work, as `Tools/peers/compare.py --out FILE` writes
/// them.
public struct PeerFigures: Sendable {
  /// What was timed here and may stand in the file too.
  public struct Work: Sendable, Hashable {
    /// What is done with a network.
    public enum Kind: Sendable, Hashable {
      /// A forward pass.
      case forward
      /// A method, `group-cam:groups=32`.
      case method(String)
      /// Every call of an operator, `conv2d_data_gradient`.
      case operation(String)
    }

    /// What is done.
    public let kind: Kind
    /// The images of a run.
    public let batch: Int
    /// Our time for one image.
    public let milliseconds: Double

    /// A piece of work.
    public init(_ kind: Kind, batch: Int, milliseconds: Double) {
      self.kind = kind
      self.batch = batch
      self.milliseconds = milliseconds
    }
  }

  /// The time of a peer beside ours.
  public struct Match: Sendable, Hashable {
    /// The name of the row in the file, `group-cam-resnet18-n1`.
    public let row: String
    /// What both did.
    public let work: Work
    /// The peer, `torch-nhwc`.
    public let peer: String
    /// What it says about itself; nil where the file does not say.
    public let version: String?
    /// Its time for one image.
    public let milliseconds: Double
    /// Whether the machine was busy while it was timed.
    public let isBusy: Bool
    /// Its time by ours: above 1 we are faster.
    public var ratio: Double { milliseconds / work.milliseconds }
  }

  /// What the file says about some work.
  public struct Comparison: Sendable {
    /// The file.
    public let file: String
    /// The threads of the peers.
    public let threads: Int
    /// The peers of each row, the fastest first.
    public let matches: [Match]
    /// The rows of the file that are other work, or of another device.
    public let unmatched: [String]
  }

  private let file: String
  private let document: Document

  /// Reads a file.
  /// - Throws: `Failure` where it is not there or not of that form.
  public init(file: String) throws(Failure) {
    let bytes = try InputList.contents(of: file)
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
      throw Failure(
        .content, "--peers \(file)", "damaged, or not figures of peers",
        try: "Tools/peers/compare.py --out FILE writes them")
    }
    self.file = file
    self.document = document
  }

  /// Finds work in the file.
  /// - Parameters:
  ///   - works: what was timed here.
  ///   - model: the file of the network.
  ///   - device: the name of the device.
  /// - Returns: the peers of all rows of that network, kind, batch, method and device.
  public func comparison(with works: [Work], model: String, device: String) -> Comparison {
    var matches: [Match] = []
    var unmatched: [String] = []
    for row in document.rows {
      let same = row.isOf(model) && row.device == device ? works.filter(row.isFor) : []
      let found = same.flatMap { work in row.matches(work) }
      if found.isEmpty { unmatched.append(row.row) }
      matches += found
    }
    return Comparison(
      file: file, threads: document.threads, matches: matches, unmatched: unmatched)
  }
}

/// The file; a row that was not measured has its name and little else.
private struct Document: Decodable, Sendable {
  var threads: Int
  var rows: [Row]

  struct Row: Decodable {
    var row: String
    var kind: String?
    var network: String?
    var model: String?
    var images: Int?
    var method: String?
    var device: String?
    var verdict: String?
    var versions: [String: String]?
    var groups: [String: Figure]?
  }

  struct Figure: Decodable {
    var peer: String
    var milliseconds: Double
  }
}

extension Document.Row {
  /// Whether it is of the network in a file: by the name of the file, or that of the network.
  func isOf(_ path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name == model || name.prefix { $0 != "." } == network ?? ""
  }

  /// Whether it is the same work.
  func isFor(_ work: PeerFigures.Work) -> Bool {
    guard images == work.batch else { return false }
    return switch (kind, work.kind) {
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
