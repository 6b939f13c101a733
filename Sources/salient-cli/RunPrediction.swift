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
  /// Forward passes of whole images.
  let forwards: Int
  /// Bytes of device memory, roughly: weights, images, and the largest run of masked images.
  let deviceByteCount: Int
  /// Bytes that the disk has left; nil where that is not known.
  let freeByteCount: Int?

  init(_ job: Job, _ network: Network, _ device: DeviceInUse) {
    byteCount = Self.byteCount(of: job, network) + 8192
    let perTarget = job.methods.reduce(Passes()) { sum, method in
      let passes = method.explainer.needs(network.graph).passes
      return Passes(
        forwards: sum.forwards + passes.forwards, backwards: sum.backwards + passes.backwards)
    }
    let rows = job.inputs.count * job.targets.count * job.layers.count
    forwards = rows * perTarget.forwards
    let live = network.graph.liveness
    let operations = network.graph.nodes.reduce(0.0) { sum, node in
      guard let operation = node.operation, live.isNeeded(node.value) else { return sum }
      let cost = operation.cost(node.inputs.map { network.graph[$0].shape })
      return sum + Double(cost.floatingPointOperations)
    }
    // A backward pass computes about as much as two forward passes.
    let passes = Double(forwards) + 2 * Double(rows * perTarget.backwards)
    // Files are read and drawn while the device works; the report comes after.
    let host = Self.hostSeconds(of: job)
    seconds = max(passes * operations / device.expectedRate, host.beside) + host.after
    freeByteCount = job.folder.freeByteCount
    deviceByteCount = Self.deviceByteCount(of: job, network, device)
  }

  /// Seconds that the host takes to read and draw, beside the device and after it.
  ///
  /// Measured on one core of an EPYC: 15 MB of JPEG or PNG a second in, 10 out, 2 ms to preprocess a
  /// picture, 6 ms for what the report shows of it.
  private static func hostSeconds(of job: Job) -> (beside: Double, after: Double) {
    let pictures = job.inputs.compactMap(\.picture)
    let read = pictures.reduce(0.0) { $0 + 0.002 + Double($1.byteCount) / 15e6 }
    var drawn = 0.0
    if job.keeps.contains(.overlay) {
      let plane = job.engine.imageShape.elementCount / max(1, job.engine.imageShape[0])
      let bytes = job.inputs.reduce(0) { $0 + overlayByteCount(of: $1, job, plane) }
      drawn = Double(bytes * job.mapsPerInput) / 10e6
    }
    var shown = 0.0
    if job.keeps.contains(.report) {
      shown = read + Double(job.inputs.count * (1 + job.mapsPerInput)) * 0.006
    }
    let threads = Double(job.threads)
    return ((read + drawn) / threads, shown / threads)
  }

  /// Bytes of all maps, pictures and records.
  private static func byteCount(of job: Job, _ network: Network) -> Int {
    let plane = network.imageShape[1] * network.imageShape[2]
    var bytes = 1200
    if job.keeps.contains(.map) { bytes += plane * 4 + 128 }
    if job.keeps.contains(.raw) {
      bytes += 128 + (job.layers.map { $0.shape.elementCount / max(1, $0.shape[0]) }.max() ?? 0) * 4
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
  private static func deviceByteCount(of job: Job, _ network: Network, _ device: DeviceInUse) -> Int
  {
    let graph = network.graph
    let live = graph.liveness
    var sizes = [Int](repeating: 0, count: graph.nodes.count)
    var ends: [Int: [Int]] = [:]
    var (now, most) = (0, 0)
    for node in graph.nodes where node.operation != nil && live.isNeeded(node.value) {
      sizes[node.value.id] = graph[node.value].shape.elementCount
      now += sizes[node.value.id]
      most = max(most, now)
      ends[live.lastUse(of: node.value) ?? graph.nodes.count, default: []].append(node.value.id)
      for value in ends[node.value.id] ?? [] { now -= sizes[value] }
    }
    let image = network.imageShape.elementCount
    let (rows, images) = (job.engine.options.rows, min(job.batchSize, job.inputs.count))
    // Backward keeps what forward made: about twice as much alive for each image.
    let runs = max(rows * (most + image), images * 2 * (most + image))
    let bytes = 4 * (2 * network.parameterCount + runs + images * image)
    return min(bytes, device.memory ?? bytes)
  }
}
