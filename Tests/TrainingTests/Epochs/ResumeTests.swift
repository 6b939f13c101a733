import Execution
import Foundation
import Jobs
import Synchronization
import Testing
import Training

@Suite("A training run that goes on")
struct ResumeTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private func path(_ name: String) -> String { folders.path(name) }

  /// Cuts a picture off; its first bytes still say its size.
  private func damage(_ name: String) throws {
    let bytes = try InputList.contents(of: "\(pictures.path)/\(name)")
    try pictures.write(Array(bytes.prefix(60)), to: name)
  }

  @Test("keeps all that it learns by, and what could not be read", arguments: [1, 3, 4])
  func everythingGoesOn(stop: Int) async throws {
    try damage("a/1.png")
    let whole = try await SmallRun(pictures, to: path("whole"), SmallRun.everything).train()
    #expect(whole.unreadableCount == 1)
    let run = try await SmallRun(pictures, to: path("run"), SmallRun.everything)
    await #expect(throws: Failure(.interrupted, "", "interrupted")) {
      try await run.train(stoppedAfter: stop)
    }
    let rest = try await SmallRun(pictures, to: path("run"), mode: .resume, SmallRun.everything)
      .train()
    #expect(rest == whole)
    try SmallRun.expectEqual(path("run"), path("whole"), "stopped after \(stop)")
    let changes = try SmallRun.records(in: path("run")).compactMap { $0["map_change"]?.number }
    #expect(changes.count == 2)
    let totals = JSONValue(parsing: try SmallRun.bytes("run.json", in: path("run")))?["totals"]
    #expect(["inputs", "done", "failed"].map { totals?[$0]?.integer } == [10, 9, 1])
  }

  @Test("says that files could not be used, though they were met before it was stopped")
  func earlierFailuresCount() async throws {
    try damage("a/1.png")
    try pictures.write([1, 2, 3], to: "b/none.png")
    let whole = try await SmallRun(pictures, to: path("run")).train()
    #expect(whole.unreadableCount == 2)
    let told = Mutex<[String]>([])
    let rest = try await SmallRun(pictures, to: path("run"), mode: .resume).train { event in
      if case .unreadable(let failure) = event { told.withLock { $0.append(failure.place) } }
    }
    #expect(rest == whole)
    #expect(told.withLock { $0 } == ["\(pictures.path)/b/none.png"])
  }

  /// Is interrupted at the first batch.
  private struct Interrupted: BatchAugmentation {
    func augmented(
      _ images: any ResidentTensor, labels: [Int], at place: BatchPlace
    ) async throws(TrainingError) -> any ResidentTensor {
      throw .backend(.cancelled)
    }
  }

  @Test("counts the pictures of a batch once, be it stopped while that is augmented")
  func aBatchIsCountedOnce() async throws {
    let set = try PictureSet(pictures.path, outputFolder: path("run"))
    let order = BatchOrder(sampleCount: set.samples.count, batchSize: 4, seed: 5)
    try damage(set.samples[order.batches(epoch: 0)[0][0]].name)
    let run = try await SmallRun(pictures, to: path("run")) { job in
      job.augmentation = { _, _ in Interrupted() }
    }
    await #expect(throws: Failure(.interrupted, "", "interrupted")) { try await run.train() }
    _ = try await SmallRun(pictures, to: path("run"), mode: .resume).train()
    let records = try SmallRun.records(in: path("run"))
    #expect(records.map { $0["unreadable"]?.integer } == [1, 1])
    #expect(records.map { $0["images"]?.integer } == [9, 9])
  }

  @Test("tells that its state cannot be written, though the user stopped it")
  func aStateThatIsNotWrittenIsTold() async throws {
    try folders.outputs.write("in the way", to: "run/state")
    let run = try await SmallRun(pictures, to: path("run"))
    let failure = await #expect(throws: Failure.self) { try await run.train(stoppedAfter: 1) }
    #expect(failure?.kind == .inputOutput && failure?.place.contains("run/state") == true)
  }

  @Test("does not go on without the best model", arguments: ["best", "last"])
  func aMissingModelIsTold(name: String) async throws {
    _ = try await SmallRun(pictures, to: path("run")).train()
    try FileManager.default.removeItem(atPath: path("run/\(name).safetensors"))
    let rest = try await SmallRun(pictures, to: path("run"), mode: .resume)
    let failure = await #expect(throws: Failure.self) { try await rest.train() }
    #expect(failure?.kind == .missing && failure?.place == path("run/\(name).safetensors"))
    #expect(failure?.hint?.contains("--overwrite") == true)
  }

  @Test("does not go on from numbers that no run counts to")
  func impossibleStatesAreRefused() async throws {
    _ = try await SmallRun(pictures, to: path("run")).train()
    let state = URL(filePath: path("run/state/state.safetensors"))
    let bytes = try Data(contentsOf: state)
    let huge = String(Int.max)
    let changes = [
      ("steps", "6", huge), ("samples", "20", "-1"),
      ("progress", #""batch": 0"#, #""batch": \#(huge)"#),
    ]
    for (key, old, new) in changes {
      try Self.replacing(key, old, new, in: bytes).write(to: state)
      let rest = try await SmallRun(pictures, to: path("run"), mode: .resume)
      let failure = await #expect(throws: Failure.self) { try await rest.train() }
      #expect(failure?.what == "is no state of a training run", "\(key)")
    }
  }

  /// The bytes of a safetensors file with a part of one of its texts replaced.
  private static func replacing(
    _ key: String, _ old: String, _ new: String, in file: Data
  ) throws -> Data {
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = try #require(
      JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any])
    var texts = try #require(header["__metadata__"] as? [String: String])
    let text = try #require(texts[key])
    #expect(text.contains(old))
    texts[key] = text.replacingOccurrences(of: old, with: new)
    header["__metadata__"] = texts
    let json = try JSONSerialization.data(withJSONObject: header)
    let count = Data((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) })
    return count + json + file[(8 + length)...]
  }
}
