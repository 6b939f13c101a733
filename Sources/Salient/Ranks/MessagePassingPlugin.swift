import Jobs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The functions of the plug-in for MPI.
struct MessagePassingPlugin {
  private typealias Number = @convention(c) () -> Int32
  private typealias Open =
    @convention(c) (
      UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>
    ) -> Int32
  private typealias ExchangeNumbers =
    @convention(c) (
      UnsafePointer<Int64>, UnsafeMutablePointer<Int64>
    ) -> Int32
  private typealias ExchangeBytes =
    @convention(c) (
      UnsafeRawPointer?, UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafeMutableRawPointer?,
      UnsafePointer<Int64>
    ) -> Int32

  /// The version of the interface that is spoken here.
  private static let version: Int32 = 1

  private let file: String
  private let open: Open
  private let exchangeNumbers: ExchangeNumbers
  private let exchangeBytes: ExchangeBytes
  private let close: Number

  /// Opens a plug-in.
  /// - Throws: `Failure` where it cannot be loaded or speaks another version.
  init(opening file: String) throws(Failure) {
    // The parts that MPI loads later find its functions only where they are global.
    // A name without a folder would be looked for among the system's libraries.
    let path = file.contains("/") ? file : "./\(file)"
    guard let library = dlopen(path, RTLD_NOW | RTLD_GLOBAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw Failure(
        .device, file, "cannot be loaded: \(reason)", try: "build it again with Tools/mpi/build")
    }
    let names = ["version", "open", "exchange_numbers", "exchange_bytes", "close"]
    let found = names.compactMap { dlsym(library, "salient_mpi_\($0)") }
    // A symbol of a library has no type; these are the functions of salient_mpi.c.
    guard found.count == names.count, unsafeBitCast(found[0], to: Number.self)() == Self.version
    else {
      throw Failure(
        .device, file, "is no plug-in of this version of salient",
        try: "build it again with Tools/mpi/build")
    }
    self.file = file
    // As above.
    open = unsafeBitCast(found[1], to: Open.self)
    // As above.
    exchangeNumbers = unsafeBitCast(found[2], to: ExchangeNumbers.self)
    // As above.
    exchangeBytes = unsafeBitCast(found[3], to: ExchangeBytes.self)
    // As above.
    close = unsafeBitCast(found[4], to: Number.self)
  }

  /// Joins the job.
  /// - Throws: `Failure` where MPI cannot be started.
  func join() throws(Failure) -> (rank: Int, count: Int) {
    var (rank, count): (Int32, Int32) = (0, 0)
    let status = open(&rank, &count)
    guard status == 0 else {
      throw Failure(
        .device, file, "MPI cannot be joined: error \(status)",
        try: "start salient by the mpirun or srun of this MPI")
    }
    return (Int(rank), Int(count))
  }

  func exchange(_ numbers: [Int]) -> [Int] {
    var taken = [Int64](repeating: 0, count: numbers.count)
    let status = exchangeNumbers(numbers.map(Int64.init), &taken)
    precondition(status == 0, "MPI_Alltoall: error \(status)")
    return taken.map(Int.init)
  }

  func exchange<Element: BitwiseCopyable>(
    _ values: [Element], parts: [Range<Int>], counts: [Int]
  ) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    let places = parts.map { Int64($0.lowerBound * stride) }
    let lengths = parts.map { Int64($0.count * stride) }
    let takenLengths = counts.map { Int64($0 * stride) }
    let total = counts.reduce(0, +)
    return [Element](unsafeUninitializedCapacity: total) { taken, count in
      // MPI reads and writes bytes; it writes as many as the counts say, and keeps no address.
      let status = values.withUnsafeBytes { given in
        exchangeBytes(given.baseAddress, places, lengths, taken.baseAddress, takenLengths)
      }
      precondition(status == 0, "MPI_Alltoallv: error \(status)")
      count = total
    }
  }

  /// Leaves the job.
  func leave() { _ = close() }
}
