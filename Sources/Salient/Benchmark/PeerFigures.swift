import FoundationEssentials
import Jobs
import Models

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

  /// What our times were measured with.
  public struct Setup: Sendable {
    /// The file of the network.
    public let model: String
    /// The SHA-256 hash of that file.
    public let modelHash: String
    /// Height and width of an image.
    public let size: [Int]
    /// The name of the device.
    public let device: String
    /// Its driver; nil for the reference.
    public let driver: String?
    /// The cores that compute, where the device is the host; else nil.
    public let threads: Int?
    /// What numbers are computed in.
    public let precision = "fp32"

    /// What a network is measured with on a device.
    /// - Throws: `Failure` where the file cannot be read.
    public init(model: String, network: Network, device: DeviceInUse) throws(Failure) {
      self.model = model
      modelHash = try ModelHash.hash(model: model)
      size = Array(network.imageShape.extents.suffix(2))
      self.device = device.name
      driver = device.driver
      threads = device.isHost ? device.computeUnits : nil
    }
  }

  /// A row that has no place beside our times.
  public struct Unmatched: Sendable, Hashable {
    /// The name of the row.
    public let row: String
    /// What differs, `batch 8, here 2`; at least one.
    public let differences: [String]
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
    public let unmatched: [Unmatched]
  }

  private let file: String
  private let document: PeerDocument

  /// Reads a file.
  /// - Throws: `Failure` where it is not there or not of that form.
  public init(file: String) throws(Failure) {
    let bytes = try InputList.contents(of: file)
    guard let document = try? JSONDecoder().decode(PeerDocument.self, from: Data(bytes)) else {
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
  ///   - setup: what it was timed with.
  /// - Returns: the peers of all rows that agree in everything, and what differs in the others.
  public func comparison(with works: [Work], setup: Setup) -> Comparison {
    var matches: [Match] = []
    var unmatched: [Unmatched] = []
    for row in document.rows {
      let differences = document.differences(of: row, from: works, setup)
      if differences.isEmpty {
        matches += works.filter(row.isFor).flatMap(row.matches)
      } else {
        unmatched.append(Unmatched(row: row.row, differences: differences))
      }
    }
    return Comparison(
      file: file, threads: document.threads, matches: matches, unmatched: unmatched)
  }
}
