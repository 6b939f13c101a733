import Execution
import Jobs
import Models
import OpenCLBackend
import Saliency

/// How long each of several methods takes to explain a batch of images of noise.
public struct MethodComparison: Sendable {
  /// A method.
  public struct Row: Sendable {
    /// The method with its settings, as it was asked for.
    public let method: String
    /// What one image and target cost, with every mask live.
    public let passes: Passes
    /// Its times; nil where it cannot explain this network.
    public let benchmark: MethodBenchmark?
    /// Why it cannot; nil where it can.
    public let reason: String?
  }

  /// The images of a run.
  public let batch: Int
  /// The methods, in the order asked for.
  public let rows: [Row]

  /// A run longer than this is timed once.
  private static let patience = Duration.seconds(10)

  /// The methods of the table of Zhang, Rao and Yang 2021 (Group-CAM), in its order of reading.
  private static let published = ["grad-cam", "group-cam", "score-cam", "rise", "xrai"]

  /// Every method with its default settings, those of the published table first.
  public static var everyMethod: String {
    let names = MethodCatalogue().names
    let ordered = published.filter(names.contains) + names.filter { !published.contains($0) }
    return ordered.joined(separator: ",")
  }

  /// Times methods one after the other, each with plans and memory of its own.
  /// - Parameters:
  ///   - methods: with settings, commas between them.
  ///   - network: what they explain.
  ///   - device: what it runs on.
  ///   - batch: the images of a run.
  ///   - runs: how often each is timed, after one run to warm up; long runs once.
  ///   - report: called with each row when it is there.
  /// - Returns: a row for each method; a method that cannot explain the network has a reason.
  /// - Throws: `Failure` where a method is unknown or the device fails.
  public static func run(
    _ methods: String, of network: Network, on device: DeviceInUse, batch: Int, runs: Int,
    report: (Row) -> Void = { _ in }
  ) async throws(Failure) -> MethodComparison {
    var chosen: [(method: String, explainer: any Explainer)] = []
    for word in methods.split(separator: ",", omittingEmptySubsequences: false) {
      let word = String(word.filter { $0 != " " })
      for request in try MethodCatalogue().requests([word], set: []) {
        chosen.append((word, request.explainer))
      }
    }
    let graph = network.graph.with(outputs: [network.logits.value])
    var rows: [Row] = []
    for (method, explainer) in chosen {
      let needs = explainer.needs(graph)
      let row: Row
      if let obstacle = needs.obstacle {
        row = Row(method: method, passes: needs.passes, benchmark: nil, reason: obstacle)
      } else {
        row = try await time(method, needs.passes, network, device, batch: batch, runs: runs)
      }
      report(row)
      rows.append(row)
    }
    return MethodComparison(batch: batch, rows: rows)
  }

  private static func time(
    _ method: String, _ passes: Passes, _ network: Network, _ device: DeviceInUse, batch: Int,
    runs: Int
  ) async throws(Failure) -> Row {
    let failure: Failure
    do throws(Failure) {
      let model = try await Salient.Model(network, on: device)
      (device.backend as? OpenCLBackend)?.queue.budget.resetPeak()
      let benchmark = try await MethodBenchmark.run(
        method, of: model, batch: batch, runs: runs, patience: patience)
      return Row(method: method, passes: passes, benchmark: benchmark, reason: nil)
    } catch {
      failure = error
    }
    let isShortage = failure.kind == .temporary && failure.what.hasPrefix("out of memory")
    guard failure.kind == .content || isShortage else { throw failure }
    return Row(method: method, passes: passes, benchmark: nil, reason: failure.what)
  }
}
