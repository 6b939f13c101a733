import Execution
import Jobs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import ReferenceBackend
import Saliency

/// What to compute on, as the user says it.
public enum DeviceChoice: Sendable, Hashable {
  /// The GPU with most compute units, else a CPU device.
  case automatic
  /// A place in the list of devices.
  case index(Int)
  /// Part of a device's name.
  case name(String)
  /// One of all GPUs, or of all CPU devices where there is none, by turns.
  case turn(Int)
  /// The CPU in double precision: slow, and the truth.
  case reference

  /// Reads a word.
  /// - Throws: `Failure` for a list of devices, which comes with a later version.
  public init(_ word: String) throws(Failure) {
    guard word.lowercased() != "all", !word.contains(",") else {
      throw Failure(
        .usage, "--device \(word)", "several devices are not part of this version yet",
        try: "name one")
    }
    switch word.lowercased() {
    case "auto": self = .automatic
    case "reference": self = .reference
    default: self = Int(word).map(DeviceChoice.index) ?? .name(word)
    }
  }
}

/// A device that is ready to compute.
public struct DeviceInUse: Sendable {
  /// Its place in the list of devices; nil for the reference.
  public let index: Int?
  /// Its name.
  public let name: String
  /// The driver and its version; nil for the reference.
  public let driver: String?
  /// The hash of the kernels, 64-bit FNV-1a; nil for the reference.
  public let kernelHash: String?
  /// The folder whose kernels replace embedded ones; nil for none.
  public let kernelFolder: String?
  /// How many embedded kernel files that folder replaces.
  public let replacedKernelCount: Int
  /// The hash of the kernel sizes that are known to be good on it, 64-bit FNV-1a; nil for none.
  public let tuningHash: String?
  /// What is amiss with the caches, a line each; none of it changes a result.
  public let notes: [String]
  /// The bytes of device memory that may be used; nil where there is no limit.
  public let memory: Int?
  /// Whether the device is the host's own cores.
  public let isHost: Bool
  /// Its compute units: of a CPU the cores that compute; nil for the reference.
  public let computeUnits: Int?
  /// How many floating-point operations a second to expect, roughly.
  public let expectedRate: Double
  /// The engine.
  public internal(set) var backend: any Backend

  /// Opens a device.
  /// - Parameters:
  ///   - choice: which one.
  ///   - memory: the most bytes of device memory; by default 90 % of what there is.
  ///   - kernels: a folder with kernels that replace embedded ones.
  ///   - cacheFolder: the folder, of this program and version alone, with measured tiles and, for
  ///     GPUs, compiled programs; nil for none.
  ///   - profiling: whether the device's clock times each launch, as `TuningRun` needs it.
  /// - Returns: the device.
  /// - Throws: `Failure` where there is none, or none of that name.
  public static func open(
    _ choice: DeviceChoice, memory: Int? = nil, kernels: String? = nil,
    cacheFolder: String? = nil, profiling: Bool = false
  ) throws(Failure) -> DeviceInUse {
    guard choice != .reference else {
      guard kernels == nil else {
        throw Failure(.usage, "--kernels", "the reference has no kernels", try: "leave it out")
      }
      return DeviceInUse(memory: memory)
    }
    let devices: [Device]
    let library: KernelLibrary
    do throws(KernelLibraryError) {
      library = try KernelLibrary(override: kernels)
    } catch {
      throw Failure(.missing, "--kernels \(kernels ?? "")", error.description)
    }
    do throws(OpenCLError) {
      devices = try Device.all()
    } catch {
      throw Failure(error)
    }
    let index = try choice.pick(among: devices)
    do throws(OpenCLError) {
      let device = devices[index]
      let programs = cacheFolder.flatMap { folder in
        ProgramCache.suits(device) ? ProgramCache(folder: "\(folder)/programs") : nil
      }
      let queue = try DeviceQueue(
        device: device, library: library, memoryLimit: memory, profiling: profiling,
        programCache: programs)
      return DeviceInUse(
        queue, index: index, tuning: cacheFolder.map { "\($0)/tuning" }, kernels: kernels)
    } catch {
      throw Failure(error)
    }
  }

  private init(_ queue: DeviceQueue, index: Int, tuning folder: String?, kernels: String?) {
    let device = queue.device
    var backend = OpenCLBackend(queue: queue)
    let signature = DeviceSignature(device)
    var tuning = Tuning()
    tuning.addShipped(from: queue.library, device: signature, backend.traits)
    if let folder {
      TuningStore(folder: folder).load(into: &tuning, device: signature, library: queue.library)
    }
    backend.tuning = tuning
    tuningHash = tuning.fingerprint
    notes = tuning.notes
    self.index = index
    name = device.name
    driver = device.driverVersion
    kernelHash = queue.library.fingerprint
    kernelFolder = kernels
    replacedKernelCount = queue.library.replacedCount
    memory = queue.budget.limitByteCount
    isHost = device.kind == .cpu
    computeUnits = device.computeUnits
    // Per compute unit: what our plain kernels reach on a core, or on a multiprocessor.
    expectedRate = Double(max(1, device.computeUnits)) * (device.kind == .cpu ? 1e10 : 5e10)
    self.backend = backend
  }

  private init(memory: Int?) {
    index = nil
    name = "reference"
    driver = nil
    kernelHash = nil
    kernelFolder = nil
    replacedKernelCount = 0
    tuningHash = nil
    notes = []
    self.memory = memory
    isHost = true
    computeUnits = nil
    expectedRate = 2e8
    backend = ReferenceBackend()
  }
}

extension DeviceChoice {
  /// The place of the device that is meant.
  fileprivate func pick(among devices: [Device]) throws(Failure) -> Int {
    let list = Self.list(devices)
    switch self {
    case .reference, .automatic:
      let gpus = devices.indices.filter { devices[$0].kind == .gpu }
      let most = gpus.max { devices[$0].computeUnits < devices[$1].computeUnits }
      guard
        let index = most ?? devices.firstIndex(where: { $0.kind == .cpu }) ?? devices.indices.first
      else { throw .noDevice }
      return index
    case .turn(let number):
      let gpus = devices.indices.filter { devices[$0].kind == .gpu }
      let equals = gpus.isEmpty ? devices.indices.filter { devices[$0].kind == .cpu } : gpus
      guard !equals.isEmpty else { throw .noDevice }
      return equals[number % equals.count]
    case .index(let index):
      guard devices.indices.contains(index) else {
        throw Failure(.device, "--device \(index)", "no such device", try: list)
      }
      return index
    case .name(let part):
      let fitting = devices.indices.filter {
        devices[$0].name.lowercased().contains(part.lowercased())
      }
      if fitting.count == 1, let index = fitting.first { return index }
      guard fitting.isEmpty else {
        throw Failure(
          .usage, "--device \(part)", "fits \(fitting.count) devices",
          try: "give an index; \(list)")
      }
      let question = Spelling.question(part, devices.map(\.name) + ["auto", "reference"])
      throw Failure(.device, "--device \(part)", "no such device", try: question ?? list)
    }
  }

  /// `there is one: 0 (NAME); salient devices says more`.
  private static func list(_ devices: [Device]) -> String {
    let names = devices.enumerated().map { "\($0) (\($1.name))" }.joined(separator: ", ")
    let count = devices.count == 1 ? "is one" : "are \(devices.count)"
    return "there \(count): \(names); salient devices says more"
  }
}
