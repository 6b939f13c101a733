import Graphs
import Imaging
import Jobs
import Models
import Saliency
import Salient

/// What a run will take, as far as that can be told before it starts.
struct RunPrediction {
  /// Bytes that will be written.
  let byteCount: Int
  /// Seconds it will take, roughly.
  let seconds: Double
  /// Seconds of a forward pass of one image, while others use the machine as they do now.
  let forwardSeconds: Double
  /// The passes of all images.
  let passes: Passes
  /// The most bytes of device memory at once, were there no limit; roughly where no device counts.
  var deviceByteCount: Int
  /// The same for one image at a time, the least that a run needs.
  let leastByteCount: Int
  /// The bytes of device memory that may be used; nil where there is no limit.
  let memory: Int?
  /// Bytes that the disk has left; nil where that is not known.
  let freeByteCount: Int?

  init(_ job: Job, _ network: Network, _ device: DeviceInUse) {
    byteCount = Self.byteCount(of: job, network) + 8192
    let rows = job.inputs.count
    passes = Self.passes(of: job, network, targets: rows * job.targets.count)
    let live = network.graph.liveness
    let operations = network.graph.nodes.reduce(0.0) { sum, node in
      guard let operation = node.operation, live.isNeeded(node.value) else { return sum }
      let cost = operation.cost(node.inputs.map { network.graph[$0].shape })
      return sum + Double(cost.floatingPointOperations)
    }
    // Files are read and drawn while the device works, on cores that a CPU as device needs too;
    // report and sheets come after.
    let host = Self.hostSeconds(of: job)
    let slowdown = Machine.slowdown
    let pass = Self.passSeconds(operations, device)
    forwardSeconds = device.isHost ? pass * slowdown : pass
    let run = passes.work * pass
    let together =
      device.isHost ? (run + host.beside) * slowdown : max(run, host.beside * slowdown)
    seconds = together + (host.after + Self.startSeconds) * slowdown
    freeByteCount = job.folder.freeByteCount
    memory = device.memory
    let images = min(job.batchSize, job.inputs.count)
    deviceByteCount = Self.deviceByteCount(
      of: network, rows: job.engine.options.rows, images: images)
    leastByteCount = Self.deviceByteCount(of: network, rows: 1, images: 1)
  }

  /// The passes of so many targets of all images at all layers, the clean ones and those that methods
  /// share once; a fused map needs what a map of each layer needs.
  static func passes(of job: Job, _ network: Network, targets all: Int) -> Passes {
    var sum = Passes(forwards: job.inputs.count)
    var shared = 0
    for method in job.methods {
      let passes = method.explainer.needs(network.graph).passes
      let targets = method.explainer.sharesPasses ? job.inputs.count : all
      let maps = targets * (method.explainer.readsLayer ? job.layers.count : 1)
      sum.forwards += maps * max(0, passes.forwards - 1)
      sum.tails += maps * passes.tails
      if method.explainer.query([], at: []) == nil {
        sum.backwards += maps * passes.backwards
      } else {
        shared = max(shared, targets * passes.backwards)
      }
    }
    sum.backwards += shared
    return sum
  }

  /// Whether it takes a plan to know if one image fits: the estimate may be a quarter of the truth.
  var mayNotFit: Bool { memory.map { leastByteCount > $0 / 4 } ?? false }

  /// Seconds of a forward pass of one image of so many operations.
  ///
  /// Measured on two cores of an EPYC: large networks reach nine times the rate of plain kernels,
  /// and the layers of small ones take 1.25 ms together whatever they compute.
  private static func passSeconds(_ operations: Double, _ device: DeviceInUse) -> Double {
    guard device.isHost, device.kernelHash != nil else { return operations / device.expectedRate }
    return operations / (9 * device.expectedRate) + 0.00125
  }

  /// Seconds until the kernels are loaded, where they were compiled before.
  private static let startSeconds = 0.3

  /// Seconds that the host takes to read and draw, beside the device and after it.
  ///
  /// Measured on one core of an EPYC: 15 MB of JPEG or PNG a second in, 7 out, 2 ms to preprocess a
  /// picture, 3 ms for each file, 8 ms for each thing that the report or a sheet shows.
  private static func hostSeconds(of job: Job) -> (beside: Double, after: Double) {
    let pictures = job.inputs.compactMap(\.picture)
    let read = pictures.reduce(0.0) { $0 + 0.002 + Double($1.byteCount) / 15e6 }
    let maps = job.inputs.count * job.mapsPerInput
    let kinds = job.keeps.kinds.intersection([.map, .raw, .overlay, .blend]).count
    var drawn = Double(maps * kinds) * 0.003
    if job.keeps.contains(.overlay) {
      let plane = job.engine.imageShape.elementCount / max(1, job.engine.imageShape[0])
      let bytes = job.inputs.reduce(0) { $0 + overlayByteCount(of: $1, job, plane) }
      drawn += Double(bytes * job.mapsPerInput) / 7e6
    }
    var shown = 0.0
    for kind in [Keeps.Kind.report, .sheet] where job.keeps.contains(kind) {
      shown += read + Double(job.inputs.count + maps) * 0.008
    }
    let threads = Double(job.threads)
    return ((read + drawn) / threads, shown / threads)
  }

  /// Bytes of all maps, pictures and records.
  private static func byteCount(of job: Job, _ network: Network) -> Int {
    let plane = network.imageShape[1] * network.imageShape[2]
    var bytes = 1200
    let keepsColours = job.methods.contains { $0.explainer.gradientDisplay != nil }
    let colours = keepsColours ? network.imageShape[0] : 1
    if job.keeps.contains(.map) { bytes += colours * plane * 4 + 128 }
    if job.keeps.contains(.raw) {
      let isFused = job.methods.contains { $0.explainer.fusion != nil }
      let places = job.layers.map { $0.shape.elementCount / max(1, $0.shape[0]) }.max() ?? 0
      bytes += 128 + (keepsColours ? colours * plane : isFused ? plane : places) * 4
    }
    if job.keeps.contains(.blend) { bytes += plane * 2 }
    // A picture of 224 pixels a side takes about 12 kB in a page, 16 with its base64.
    if job.keeps.contains(.report) { bytes += 18_000 }
    var sum = job.inputs.count * job.mapsPerInput * bytes
    guard job.keeps.contains(.overlay) else { return sum }
    for input in job.inputs { sum += job.mapsPerInput * overlayByteCount(of: input, job, plane) }
    return sum
  }

  /// An overlay takes a little more than its picture, up to what its longer side allows.
  private static func overlayByteCount(of input: Input, _ job: Job, _ plane: Int) -> Int {
    guard let picture = input.picture else { return plane * 2 }
    let side = job.drawing.sideMaximum
    let (area, overflow) = side.multipliedReportingOverflow(by: side)
    let most = overflow ? Int.max : picture.format == .jpeg ? area / 2 : area * 2
    return min(most, picture.byteCount + picture.byteCount / 2)
  }

  /// The most that is alive at once in a forward run of so many rows, with weights and images.
  private static func deviceByteCount(of network: Network, rows: Int, images: Int) -> Int {
    let graph = network.graph
    let live = graph.liveness
    let most = graph.peakElementCount(rows: 1)
    let image = network.imageShape.elementCount
    // Weights lie there as they are and once more as kernels read them: filters of 3 x 3 that keep
    // the size as tiles of 6 x 6. The clean images have a plan of their own beside the masked ones.
    let tiles = graph.nodes.reduce(0) { sum, node in
      guard node.inputs.count > 1, live.isNeeded(node.value) else { return sum }
      let (x, w) = (graph[node.inputs[0]].shape, graph[node.inputs[1]].shape)
      let isTiled =
        w.rank == 4 && w[2] == 3 && w[3] == 3 && w[1] == x[1] && graph[node.value].shape[2] == x[2]
      return sum + (isTiled ? 3 * w.elementCount : 0)
    }
    let weights = 2 * network.parameterCount + tiles
    return 4 * (weights + (rows + images) * (most + image) + images * image)
  }
}

extension Passes {
  /// What they compute, in forward passes: a backward pass computes about as much as two.
  var work: Double { Double(forwards + tails) + 2 * Double(backwards) }
}
