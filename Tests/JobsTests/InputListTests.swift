import Jobs
import Testing

@Suite struct InputListTests {
  @Test func foldersGiveTheirPicturesInOrderAndCountTheRest() throws {
    let folder = try TestFolder()
    for name in ["b.png", "a.JPG", "sub/c.jpeg", ".hidden.png", "old/run.json", "old/x.png"] {
      try folder.write(TestFolder.picture, to: "in/\(name)")
    }
    for name in ["x.webp", "y.webp", "read.txt", "LICENSE"] {
      try folder.write("", to: "in/\(name)")
    }
    let list = try folder.inputs("in")
    #expect(list.inputs.map(\.name) == ["a.JPG", "b.png", "sub/c.jpeg"])
    #expect(
      list.passedOverLine == "passed over 4 files (2 .webp, 1 without extension, 1 .txt)")
    #expect(list.outputFolders.count == 1)
  }

  @Test func aDataSetIsWhatItsFileLists() throws {
    let folder = try TestFolder()
    for name in ["images/000001.png", "images/000000.png", "masks/000000.png", "extra.png"] {
      try folder.write(TestFolder.picture, to: "set/\(name)")
    }
    try folder.write(
      #"""
      {"images": [{"id": 7, "file_name": "images/000001.png"}, {"id": 3, "file_name": "000000.png"},
      {"id": 4, "file_name": "gone.png"}]}
      """#, to: "set/annotations.json")
    let alone = try folder.inputs("set")
    #expect(alone.inputs.map(\.name) == ["images/000001.png", "images/000000.png", "gone.png"])
    #expect(alone.inputs.map(\.isUsable) == [true, true, false])
    #expect(alone.dataSets == ["\(folder.path)/set/annotations.json"])
    // Inside a larger folder its pictures keep their path.
    let above = try InputList(
      resolving: InputRequest(words: [folder.path], outputFolder: "\(folder.path)/out"))
    #expect(above.inputs.first?.name == "set/images/000001.png")
  }

  @Test(arguments: [
    "", "[]", #"{"images": 3}"#, #"{"images": [{"id": "x", "file_name": "a.png"}]}"#,
    #"{"images": [{"id": 1, "file_name": "a\u0000.png"}]}"#,
  ])
  func aFileThatListsNoPicturesIsOneError(_ text: String) throws {
    let folder = try TestFolder()
    try folder.write(text, to: "set/annotations.json")
    let failure = try #require(throws: Failure.self) { try folder.inputs("set") }
    #expect(failure.kind == .content)
    #expect(failure.place.hasSuffix("set/annotations.json"))
  }

  @Test func namesMayLieAboutTheFormat() throws {
    let folder = try TestFolder()
    try folder.write(TestFolder.picture, to: "a.jpg")
    try folder.write(TestFolder.picture, to: "without")
    try folder.write("some text", to: "b.png")
    try folder.write("", to: "c.png")
    let list = try folder.inputs("a.jpg", "without", "b.png", "c.png")
    #expect(list.inputs.map(\.isUsable) == [true, true, false, false])
    #expect(list.inputs[0].picture?.format == .png)
    let failures = list.inputs.compactMap { input -> String? in
      guard case .failure(let failure) = input.file else { return nil }
      return failure.what
    }
    #expect(failures == ["is text, neither PNG nor JPEG", "is empty, neither PNG nor JPEG"])
  }

  @Test func twoInputsOfOneNameAreRefusedWithBothPaths() throws {
    let folder = try TestFolder()
    try folder.write(TestFolder.picture, to: "one/a.png")
    let failure = try #require(throws: Failure.self) {
      try folder.inputs("one/a.png", "one/../one/a.png")
    }
    #expect(failure.kind == .usage)
    #expect(failure.description.contains("one/../one/a.png"))
  }
}
