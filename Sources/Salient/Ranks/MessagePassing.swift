import Jobs
import Training

/// MPI, through a plug-in that is compiled on site: `Tools/mpi/salient_mpi.c`.
///
/// MPI must be joined before the first call into OpenCL, and no process may be started behind it.
public actor MessagePassing: MessageTransport {
  /// The number of this process, from 0.
  public nonisolated let rank: Int
  /// The number of processes.
  public nonisolated let count: Int
  private let plugin: MessagePassingPlugin

  /// Joins the job that this process was started in.
  /// - Parameters:
  ///   - files: where the plug-in may lie, the first that is there is taken.
  ///   - place: what the environment says of this process.
  /// - Throws: `Failure` where there is no plug-in, or MPI sees another job than the environment.
  public init(plugin files: [String], at place: RankEnvironment) throws(Failure) {
    guard let file = files.first(where: { InputList.exists($0) }) else {
      throw Failure(
        .missing, "rank \(place.rank) of \(place.count)",
        "no plug-in for MPI: looked for \(files.joined(separator: ", "))",
        try: "build it with Tools/mpi/build, or say where it is by SALIENT_MPI")
    }
    let plugin = try MessagePassingPlugin(opening: file)
    let (rank, count) = try plugin.join()
    guard count == place.count else {
      throw Failure(
        .device, file,
        "its MPI sees \(Quantity.count(count, "process", "processes")) and the environment "
          + "\(place.count): it is not the MPI that started them",
        try: "build it again with Tools/mpi/build, by the mpicc of that MPI")
    }
    self.plugin = plugin
    self.rank = rank
    self.count = count
  }

  /// Gives each rank a number.
  public func exchange(_ numbers: [Int]) -> [Int] { plugin.exchange(numbers) }

  /// Gives each rank a part of some values.
  public func exchange<Element: BitwiseCopyable & Sendable>(
    _ values: [Element], parts: [Range<Int>], counts: [Int]
  ) -> [Element] {
    plugin.exchange(values, parts: parts, counts: counts)
  }

  /// Leaves the job when all others do.
  public func close() { plugin.leave() }
}
