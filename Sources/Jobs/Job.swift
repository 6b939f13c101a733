/// Inputs times methods times targets times layers, explained and written to a folder.
///
/// Images are explained in batches. While a batch is on the device, the next one is read and the
/// one before is written. Results are in the order of the inputs. A job that is killed at any
/// moment loses nothing that was reported as finished.
public struct Job: Sendable {
  /// The images of this run, in order.
  public var inputs: [Input]
  /// The methods.
  public var methods: [MethodRequest]
  /// The targets.
  public var targets: [TargetRequest]
  /// The layers.
  public var layers: [LayerRequest]
  /// The classes of the network, against which targets are read.
  public var context: TargetContext
  /// What is kept.
  public var keeps: Keeps
  /// How pictures become images.
  public var preparation: Preparation
  /// How maps are drawn on pictures.
  public var drawing: Drawing
  /// The images in flight at most.
  public var batchSize: Int
  /// How many files are read or written at the same time.
  public var threads: Int
  /// Where the results go.
  public var folder: OutputFolder
  /// The network on its device.
  public var engine: Engine
  /// Makes what shows the whole run, once all images are done.
  public var closing: (@Sendable (RunRecord) async throws(Failure) -> Closing)?
  /// The most files that `closing` may write.
  public var closingFiles = RunRecord.Shown()

  /// What was made to show a run.
  public struct Closing: Sendable {
    /// Bytes that were written.
    public let byteCount: Int
    /// The files that lie there now.
    public let shown: RunRecord.Shown

    /// What was made.
    public init(byteCount: Int, shown: RunRecord.Shown) {
      self.byteCount = byteCount
      self.shown = shown
    }
  }

  /// A job.
  public init(
    inputs: [Input], methods: [MethodRequest], targets: [TargetRequest], layers: [LayerRequest],
    context: TargetContext, keeps: Keeps, preparation: Preparation, drawing: Drawing,
    batchSize: Int, threads: Int, folder: OutputFolder, engine: Engine
  ) {
    self.inputs = inputs
    self.methods = methods
    self.targets = targets
    self.layers = layers
    self.context = context
    self.keeps = keeps
    self.preparation = preparation
    self.drawing = drawing
    self.batchSize = max(1, batchSize)
    self.threads = max(1, threads)
    self.folder = folder
    self.engine = engine
  }

  /// Whether maps are written that nobody asked for, and removed at the end.
  var needsWorkingMaps: Bool { methods.contains { keeps.needsWorkingMap(of: $0) } }

  /// The names of the classes.
  public var labels: Labels? { context.labels }

  /// The number of maps of one image.
  public var mapsPerInput: Int {
    targets.count * methods.reduce(0) { $0 + layers(of: $1).count }
  }

  /// The layers at which a method makes a map each: all as one where it fuses them, none in
  /// particular where it reads none.
  public func layers(of method: MethodRequest) -> [LayerRequest] {
    guard method.explainer.readsLayer else { return [.none] }
    let fuses = method.explainer.fusion != nil && layers.count > 1
    return fuses ? [LayerRequest(fusing: layers)] : layers
  }

  /// Runs the job.
  ///
  /// Cancelling the task stops it between two batches; what is finished is kept.
  /// - Parameters:
  ///   - record: the record of the run, completed and written at start and end.
  ///   - report: called for every image, in order.
  /// - Returns: what was done.
  /// - Throws: `Failure` where the run cannot go on; the record in the folder says how far it got.
  public func run(
    _ record: RunRecord, report: @escaping @Sendable (JobEvent) -> Void
  ) async throws(Failure) -> RunTotals {
    try checkFolder(against: record)
    let lock = try folder.open()
    var run = try await JobRun(self, record, report)
    try await run.complete(holding: lock)
    return run.record.totals
  }
}
