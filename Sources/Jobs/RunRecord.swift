/// `run.json`: everything that a run was, for people, for `--resume` and for `--from`.
public struct RunRecord: Sendable {
  /// How far a run got.
  public enum Status: String, Sendable {
    /// It goes on, or it was killed.
    case running
    /// All inputs were tried.
    case finished
    /// The user stopped it.
    case interrupted
    /// It could not go on; the reason stands in `error`.
    case failed
  }

  /// Where the numbers come from: all that must not change when a run goes on.
  public struct Provenance: Sendable, Hashable {
    /// The version of this program.
    public var version: String
    /// The name of the device.
    public var device: String
    /// The driver with its version; nil for the reference.
    public var driver: String?
    /// The arithmetic.
    public var precision: String
    /// The model file, as the user wrote it.
    public var modelPath: String
    /// SHA-256 of the model file.
    public var modelSHA256: String
    /// The hash of the kernels, 64-bit FNV-1a; nil for the reference.
    public var kernelHash: String?
    /// The hash of the measured kernel sizes; nil where none are known.
    public var tuningHash: String?

    /// A provenance.
    public init(
      version: String, device: String, driver: String?, precision: String, modelPath: String,
      modelSHA256: String, kernelHash: String?, tuningHash: String? = nil
    ) {
      self.version = version
      self.device = device
      self.driver = driver
      self.precision = precision
      self.modelPath = modelPath
      self.modelSHA256 = modelSHA256
      self.kernelHash = kernelHash
      self.tuningHash = tuningHash
    }
  }

  /// Bytes and seconds.
  public struct Effort: Sendable, Hashable {
    /// Bytes written to the folder.
    public var bytes: Int
    /// Seconds from the first kernel to the last file.
    public var seconds: Double
    /// The most bytes of device memory at once; nil where nobody counts.
    public var deviceBytes: Int?

    /// An effort.
    public init(bytes: Int, seconds: Double, deviceBytes: Int? = nil) {
      self.bytes = bytes
      self.seconds = seconds
      self.deviceBytes = deviceBytes
    }
  }

  /// The files that show the whole run.
  public struct Shown: Sendable, Hashable {
    /// Pages of the report.
    public var pages: Int
    /// Sheets.
    public var sheets: Int

    /// So many of each.
    public init(pages: Int = 0, sheets: Int = 0) {
      self.pages = pages
      self.sheets = sheets
    }

    /// Reads what `json` wrote; a count that makes no sense is none.
    init(_ json: JSONValue?) {
      let read = { (key: String) in min(max(0, json?[key]?.integer ?? 0), 1_000_000) }
      self.init(pages: read("pages"), sheets: read("sheets"))
    }

    var json: JSONValue { ["pages": .integer(pages), "sheets": .integer(sheets)] }

    /// Their names: `report.html`, `report-2.html`, `sheet.png`.
    public var files: [String] {
      Self.files("report", ".html", pages) + Self.files("sheet", ".png", sheets)
    }

    /// The larger number of each.
    public func union(_ other: Shown) -> Shown {
      Shown(pages: max(pages, other.pages), sheets: max(sheets, other.sheets))
    }

    private static func files(_ stem: String, _ end: String, _ count: Int) -> [String] {
      (0..<count).map { $0 == 0 ? stem + end : "\(stem)-\($0 + 1)\(end)" }
    }
  }

  /// The words of the command line.
  public var command: [String]
  /// Where the numbers come from.
  public var provenance: Provenance
  /// Every flag with the value in force, by its long name without dashes.
  public var flags: [JSONValue.Member]
  /// The seed of everything random.
  public var seed: UInt64
  /// What was chosen where a flag says `automatic` or `default`: layers, scores.
  public var chosen: [JSONValue.Member] = []
  /// How pictures become images, in full.
  public var preset = JSONValue.null
  /// What was predicted.
  public var predicted: Effort
  /// How far it got.
  public var status = Status.running
  /// Why it failed.
  public var error: String?
  /// What was done so far.
  public var totals = RunTotals()
  /// Report and sheets that may lie in the folder.
  public var shown = Shown()
  /// What files call targets and layers.
  var places: [MapPlace] = []

  /// A record of a run that begins.
  public init(
    command: [String], provenance: Provenance, flags: [JSONValue.Member], seed: UInt64,
    predicted: Effort
  ) {
    self.command = command
    self.provenance = provenance
    self.flags = flags
    self.seed = seed
    self.predicted = predicted
  }

  /// The document.
  public var json: JSONValue {
    [
      "schema": .integer(ExplanationRecord.schema),
      "version": .string(provenance.version),
      "status": .string(status.rawValue),
      "error": .text(error),
      "command": .array(command.map(JSONValue.string)),
      "device": .string(provenance.device),
      "driver": .text(provenance.driver),
      "precision": .string(provenance.precision),
      "model": [
        "path": .string(provenance.modelPath), "sha256": .string(provenance.modelSHA256),
      ],
      "kernels": provenance.kernelHash.map { ["fnv1a64": .string($0)] } ?? .null,
      "tuning": provenance.tuningHash.map { ["fnv1a64": .string($0)] } ?? .null,
      "flags": .object(flags),
      "chosen": .object(chosen),
      "preset": preset,
      "seed": .literal(String(seed)),
      "rows": [
        "capacity": .integer(totals.capacity), "live": .integer(totals.liveRows),
        "runs": .integer(totals.runs),
      ],
      "totals": [
        "inputs": .integer(totals.inputs), "done": .integer(totals.done),
        "failed": .integer(totals.failed), "empty": .integer(totals.empty),
        "resumed": .integer(totals.resumed), "records": .integer(totals.records),
        "forwards": .integer(totals.forwards), "tails": .integer(totals.tails),
        "backwards": .integer(totals.backwards),
      ],
      "places": .array(places.map(\.json)),
      "shown": shown.json,
      "predicted": describe(predicted),
      "real": describe(totals.effort),
    ]
  }

  private func describe(_ effort: Effort) -> JSONValue {
    [
      "bytes": .integer(effort.bytes),
      "seconds": .number((effort.seconds * 1000).rounded() / 1000),
      "device_bytes": effort.deviceBytes.map { .integer($0) } ?? .null,
    ]
  }
}

/// What a run did so far.
public struct RunTotals: Sendable, Hashable {
  /// Images of this run and shard.
  public var inputs = 0
  /// Images with all their maps.
  public var done = 0
  /// Images with an error instead.
  public var failed = 0
  /// Those of them that could not be read at all.
  public var unusable = 0
  /// Images that an earlier run had finished; not among `done`.
  public var resumed = 0
  /// Maps that hold nothing but zeros.
  public var empty = 0
  /// Records without error written by this run.
  public var records = 0
  /// Masked images in a forward run at most.
  public var capacity = 0
  /// Masked images that went through the network.
  public var liveRows = 0
  /// Forward runs that they took.
  public var runs = 0
  /// Forward passes of whole images, masked ones included.
  public var forwards = 0
  /// Passes from a layer to the outputs.
  public var tails = 0
  /// Backward passes.
  public var backwards = 0
  /// Bytes written and seconds taken.
  public var effort = RunRecord.Effort(bytes: 0, seconds: 0)

  /// Nothing yet.
  public init() {}
}
