/// How many images a second a run makes.
///
/// Images come in batches, and before the first one kernels are built. So the rate counts from the
/// end of the first batch on, and changes where a batch ends.
public struct ProgressRate: Sendable {
  /// Images a second; nil until the second batch is finished.
  public private(set) var value: Double?

  private let batchSize: Int
  private let total: Int
  private var count = 0
  private var start = Duration.zero

  /// The rate of a run.
  /// - Parameters:
  ///   - total: the images of the run.
  ///   - batchSize: those that are finished together.
  public init(total: Int, batchSize: Int) {
    self.total = total
    self.batchSize = max(1, batchSize)
  }

  /// Counts one image.
  /// - Parameter time: since any fixed instant.
  public mutating func add(at time: Duration) {
    count += 1
    guard count > batchSize else {
      start = time
      return
    }
    guard count % batchSize == 0 || count == total else { return }
    let (seconds, attoseconds) = (time - start).components
    let elapsed = Double(seconds) + Double(attoseconds) / 1e18
    if elapsed > 0 { value = Double(count - batchSize) / elapsed }
  }
}
