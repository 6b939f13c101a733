import Execution
import Graphs

/// An executable, and the most rows that one run of it takes.
struct Plan: Sendable {
  let executable: any Executable
  let capacity: Int
  /// Whether memory, not the wish, set the capacity.
  let isLimited: Bool
}

/// Executables by key: compiled once, within a count and a number of bytes, least recently used
/// ones dropped first.
actor PlanShelf<Key: Hashable & Sendable> {
  private let backend: any Backend
  private let precision: Precision
  private let mostPlans: Int
  private let mostBytes: Int?
  private var plans: [Key: Plan] = [:]
  private var ages: [Key: Int] = [:]
  private var clock = 0
  private var underway: [Key: Task<Result<Plan, ExplanationError>, Never>] = [:]

  /// An empty shelf.
  /// - Parameters:
  ///   - backend: what compiles.
  ///   - precision: the arithmetic of every plan.
  ///   - mostPlans: how many plans are kept.
  ///   - mostBytes: the device memory of all plans together; nil where it is not limited.
  init(backend: any Backend, precision: Precision, mostPlans: Int, mostBytes: Int?) {
    self.backend = backend
    self.precision = precision
    self.mostPlans = mostPlans
    self.mostBytes = mostBytes
  }

  /// A plan for so many rows, or for fewer where memory does not allow them.
  /// - Parameters:
  ///   - key: what the plan is kept under.
  ///   - rows: the rows wanted in one run.
  ///   - graph: makes the graph where the plan is not there yet.
  /// - Returns: the plan; its capacity may be smaller than `rows`.
  /// - Throws: `ExplanationError.backend` where even one row does not fit, or compiling fails.
  func plan(
    _ key: Key, rows: Int, _ graph: @Sendable () throws(GraphError) -> Graph
  ) async throws(ExplanationError) -> Plan {
    await othersAreDone(with: key)
    if let plan = plans[key], plan.capacity >= rows || plan.isLimited {
      touch(key)
      return plan
    }
    let made: Graph
    do { made = try graph() } catch { throw .graph(error) }
    return try await make(key, made, from: rows, isLimited: false)
  }

  /// A plan of half the capacity, after the device refused to run one.
  /// - Throws: `ExplanationError.backend` with the refusal where the plan has one row already.
  func halve(
    _ key: Key, _ plan: Plan, after refusal: BackendError,
    _ graph: @Sendable () throws(GraphError) -> Graph
  ) async throws(ExplanationError) -> Plan {
    await othersAreDone(with: key)
    if let other = plans[key], other.capacity < plan.capacity { return other }
    guard plan.capacity > 1 else { throw .backend(refusal) }
    let made: Graph
    do { made = try graph() } catch { throw .graph(error) }
    return try await make(key, made, from: plan.capacity / 2, isLimited: true)
  }

  /// Waits for whoever is making this plan, and lets them put it on the shelf.
  private func othersAreDone(with key: Key) async {
    while let task = underway[key] {
      _ = await task.value
      await Task.yield()
    }
  }

  private func make(
    _ key: Key, _ graph: Graph, from rows: Int, isLimited: Bool
  ) async throws(ExplanationError) -> Plan {
    plans[key] = nil
    let task = Task { await self.compile(graph, from: rows, isLimited: isLimited) }
    underway[key] = task
    let result = await task.value
    underway[key] = nil
    let plan = try result.get()
    plans[key] = plan
    touch(key)
    dropOldest(but: key)
    return plan
  }

  /// Compiles for ever fewer rows until the plan fits: in half of the memory, so that two plans
  /// that alternate both stay, or, for a single row, in all of it.
  private func compile(
    _ graph: Graph, from rows: Int, isLimited: Bool
  ) async -> Result<Plan, ExplanationError> {
    var capacity = rows
    var isLimited = isLimited
    while true {
      let refusal: BackendError
      do throws(BackendError) {
        let options = CompileOptions(capacity: capacity, precision: precision)
        let executable = try await backend.compile(graph, options)
        let limit = capacity == 1 ? mostBytes : mostBytes.map { $0 / 2 }
        if limit.map({ executable.byteCount <= $0 }) ?? true {
          return .success(
            Plan(executable: executable, capacity: capacity, isLimited: isLimited))
        }
        let (needed, allowed) = (executable.byteCount >> 20, (mostBytes ?? 0) >> 20)
        refusal = .outOfMemory(
          "one row at a time needs \(needed) MiB, and \(allowed) MiB may be used")
      } catch .outOfMemory(let what) {
        refusal = .outOfMemory(what)
      } catch {
        return .failure(.backend(error))
      }
      guard capacity > 1 else { return .failure(.backend(refusal)) }
      capacity /= 2
      isLimited = true
    }
  }

  private func touch(_ key: Key) {
    clock += 1
    ages[key] = clock
  }

  private func dropOldest(but kept: Key) {
    while plans.count > 1 {
      let bytes = plans.values.reduce(0) { $0 + $1.executable.byteCount }
      guard plans.count > mostPlans || mostBytes.map({ bytes > $0 }) ?? false else { return }
      let others = plans.keys.filter { $0 != kept }
      guard let oldest = others.min(by: { ages[$0, default: 0] < ages[$1, default: 0] }) else {
        return
      }
      plans[oldest] = nil
      ages[oldest] = nil
    }
  }
}
