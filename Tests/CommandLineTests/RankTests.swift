import Foundation
import Testing

/// What a process does that is started as one of several ranks; `Tools/mpi/check` starts real ones.
@Suite struct RankTests {
  private let folder: TemporaryFolder
  private let words = ["train", "photos", "--arch", "salient-scenes", "--size", "32"]

  init() throws {
    folder = try TemporaryFolder()
    for (number, name) in ["a/1.png", "a/2.png", "b/1.png", "b/2.png"].enumerated() {
      try folder.write(try Pictures.png(40, 36, seed: number), to: "photos/\(name)")
    }
  }

  private func rank(_ place: Int, plugin: String) throws -> Run {
    try Program.run(
      words, in: folder.path,
      setting: [
        "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "\(place)",
        "OMPI_COMM_WORLD_LOCAL_RANK": "\(place)", "SALIENT_MPI": plugin,
      ])
  }

  @Test("without its plug-in it says where it looked and how to build it, once for a machine")
  func aMissingPluginIsToldOnce() throws {
    let first = try rank(0, plugin: "nowhere/libsalient_mpi.so")
    #expect(first.code == 66 && first.errorLines.count == 1, "\(first.errors)")
    #expect(first.errors.contains("looked for nowhere/libsalient_mpi.so; build it with Tools/mpi"))
    let second = try rank(1, plugin: "nowhere/libsalient_mpi.so")
    #expect(second.code == 66 && second.errors.isEmpty, "\(second.errors)")
  }

  @Test("a file that is no plug-in is named")
  func aWrongPluginIsNamed() throws {
    try folder.write(Array("no library".utf8), to: "libsalient_mpi.so")
    let run = try rank(0, plugin: folder.file("libsalient_mpi.so"))
    #expect(run.code == 69 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.contains("libsalient_mpi.so: cannot be loaded: "), "\(run.errors)")
    #expect(run.errors.contains("build it again with Tools/mpi/build"))
  }

  @Test("one process takes a step from several parts, and goes on on as many only")
  func partsAreKept() throws {
    let more = [
      "--batch-size", "2", "--epochs", "1", "--warmup", "0", "--validation", "photos", "-o", "run",
    ]
    let run = try Program.run(words + more + ["--accumulate", "2"], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let learning = try #require(run.errorLines.first { $0.hasPrefix("learning ") })
    #expect(learning.contains("2 parts of 2 a step"))
    #expect(run.errors.contains("1 epoch of 1 step of 4 pictures"))
    let chosen = try #require(try folder.document("run/run.json")["chosen"] as? [String: Any])
    #expect(chosen["ranks"] as? Int == 1 && chosen["parts"] as? Int == 2)
    let other = try Program.run(words + more + ["--resume"], in: folder.path)
    #expect(other.code == 64 && other.errors.contains("a step had 2 parts and would have 1"))
  }
}
