import Foundation
import Jobs
import Testing
import Training

@Suite("Folders inside a folder of pictures that are no classes")
struct ClassFolderTests {
  @Test("the folders of an earlier run and of a preview are passed over")
  func runsAreNoClasses() throws {
    let folder = try PictureFolder.classes(1)
    try folder.picture(9, to: "salient-out/overlays/x.png")
    try folder.write("{}", to: "salient-out/run.json")
    try folder.picture(9, to: "seen/preview/000-read.png")
    let set = try PictureSet(folder.path, outputFolder: "\(folder.path)/out")
    #expect(set.classNames == ["a", "b"] && set.samples.count == 2)
  }

  @Test("a name that is no text is told, not passed over")
  func namesAreText() throws {
    let folder = try PictureFolder.classes(1)
    let path = "\(folder.path)/".utf8.map { CChar(bitPattern: $0) } + [CChar(bitPattern: 0xff), 0]
    try #require(mkdir(path, 0o777) == 0)
    defer { rmdir(path) }
    let failure = #expect(throws: Failure.self) {
      try PictureSet(folder.path, outputFolder: "\(folder.path)/out")
    }
    #expect(failure?.what == "its name is not UTF-8" && failure?.hint == "rename it")
  }
}
