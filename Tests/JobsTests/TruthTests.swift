import Jobs
import Testing

@Suite struct TruthTests {
  static let labels = Labels(
    ["tench, Tinca tinca", "tabby, tabby cat", "tiger cat", "crane", "crane"], origin: "a test")
  static let context = TargetContext(outputCount: 5, labels: labels, scores: .softmax)
  static let unlabelled = TargetContext(outputCount: 3, labels: nil, scores: .softmax)

  func truths(
    _ folder: TestFolder, _ words: [String], _ source: String, in context: TargetContext = context
  ) throws -> [TrueClass] {
    let list = try InputList(
      resolving: InputRequest(
        words: words.map { "\(folder.path)/\($0)" }, outputFolder: "\(folder.path)/out"))
    let place = source == "folders" ? source : "\(folder.path)/\(source)"
    return try read(list, place, source, in: context).classes
  }

  func read(
    _ list: InputList, _ place: String, _ source: String, in context: TargetContext
  ) throws -> TrueClasses {
    try context.trueClasses(of: list.inputs, from: TruthSource(place), named: source)
  }

  func pictures(_ names: String...) throws -> TestFolder {
    let folder = try TestFolder()
    for name in names { try folder.write(TestFolder.picture, to: name) }
    return folder
  }

  @Test func foldersNameClasses() throws {
    let folder = try pictures(
      "in/Tabby/a.png", "in/tiger_cat/b.png", "in/2/c.png", "in/crane/d.png")
    let truths = try truths(folder, ["in"], "folders")
    #expect(truths.map(\.index) == [2, 1, nil, 2])
    #expect(truths[2] == .unknown("2 labels read crane"))
  }

  @Test func asManyFoldersAsClassesAreTheClassesInOrder() throws {
    let folder = try pictures("in/n03/a.png", "in/n01/b.png", "in/n02/c.png")
    let truths = try truths(folder, ["in"], "folders", in: Self.unlabelled)
    #expect(truths.map(\.index) == [0, 1, 2])
    #expect(throws: Failure.self) {
      try self.truths(folder, ["in/n01"], "folders", in: Self.unlabelled)
    }
  }

  @Test func namesOfOthersStandForNoClass() throws {
    let folder = try pictures("in/axe/a.png", "in/bee/b.png", "in/cow/c.png")
    let named = TargetContext(
      outputCount: 3, labels: Labels(["ant", "bat", "cat"], origin: "a test"), scores: .softmax)
    let failure = try #require(throws: Failure.self) {
      try truths(folder, ["in"], "folders", in: named)
    }
    #expect(failure.kind == .content && failure.what.contains("axe is none of the network's"))
    let list = try folder.inputs("in")
    let places = try read(list, "folders", "folders", in: Self.unlabelled)
    #expect(places.areByPosition && places.classes.map(\.index) == [0, 1, 2])
    // Numbers of WordNet are no names.
    let numbers = try pictures("in/n01/a.png", "in/n02123045/b.png", "in/n02123159/c.png")
    #expect(throws: Failure.self) { try truths(numbers, ["in"], "folders", in: named) }
    let synsets = try pictures(
      "in/n01440764/a.png", "in/n02123045/b.png", "in/n02123159/c.png")
    let sorted = try read(synsets.inputs("in"), "folders", "folders", in: named)
    #expect(sorted.areByPosition && sorted.classes.map(\.index) == [0, 1, 2])
  }

  @Test func aSourceWithoutThePicturesSaysSo() throws {
    let folder = try pictures("in/a.png", "in/b.png")
    try folder.write("path,label\nother/c.png,1\n", to: "labels.csv")
    let failure = try #require(throws: Failure.self) {
      try truths(folder, ["in"], "labels.csv")
    }
    #expect(failure.kind == .content && failure.what.contains("has none of the pictures"))
    #expect(failure.what.contains("in/a.png"))
  }

  @Test func tablesNamePathsInAnyOfTheirForms() throws {
    let folder = try pictures("in/a.png", "in/b.png", "in/sub/c.png")
    let text =
      "\u{FEFF}label,width,path\r\n\"tench, Tinca tinca\",3,a.png\r\n1,3,in/b.png\r\n\r\n"
      + "\"tiger cat\",,\"in/sub/c.png\""
    try folder.write(text, to: "labels.csv")
    #expect(try truths(folder, ["in"], "labels.csv").map(\.index) == [0, 1, 2])
    try folder.write(
      #"{"path": "in/a.png", "label": 2}"# + "\n\n" + #"{"path": "x/b.png", "label": "TENCH"}"#,
      to: "labels.jsonl")
    #expect(try truths(folder, ["in"], "labels.jsonl").map(\.index) == [2, 0, nil])
  }

  @Test(arguments: [
    ("a.csv", "name,class\n"), ("a.csv", "path,label\nonly-one\n"),
    ("a.csv", "path,label\na.png,1\na.png,2\n"), ("a.jsonl", "not json\n"),
    ("a.jsonl", #"{"path": "a.png"}"#), ("a.json", "{}"), ("a.xml", "<html></html>"),
    ("a.xml", "<annotation><object>"), ("a.txt", "a.png 1"), ("empty/readme.txt", ""),
  ])
  func brokenSourcesAreOneError(_ name: String, _ text: String) throws {
    let folder = try pictures("in/a.png")
    try folder.write(text, to: name)
    let source = name.hasPrefix("empty") ? "empty" : name
    let failure = try #require(throws: Failure.self) { try truths(folder, ["in"], source) }
    #expect(failure.kind == .content, "\(failure)")
  }

  @Test func theLargestObjectOfACocoPictureCounts() throws {
    let folder = try pictures("set/images/1.png", "set/images/2.png", "set/images/3.png")
    try folder.write(
      #"""
      {"images": [{"id": 1, "file_name": "images/1.png"}, {"id": 2, "file_name": "images/2.png"},
        {"id": 3, "file_name": "images/3.png"}],
      "categories": [{"id": 5, "name": "tabby"}, {"id": 2, "name": "tiger cat"}],
      "annotations": [
        {"image_id": 1, "category_id": 5, "area": 10, "bbox": [0, 0, 5, 2]},
        {"image_id": 1, "category_id": 2, "bbox": [0, 0, 5, 4], "segmentation": [[1, 2]]},
        {"image_id": 2, "category_id": 5, "area": 3},
        {"image_id": 2, "category_id": 2, "area": 900, "iscrowd": 1}]}
      """#, to: "set/annotations.json")
    for source in ["set", "set/annotations.json"] {
      #expect(try truths(folder, ["set"], source).map(\.index) == [2, 1, nil])
    }
    // Without labels the categories, by number, are the classes.
    let two = TargetContext(outputCount: 2, labels: nil, scores: .softmax)
    #expect(try truths(folder, ["set"], "set", in: two).map(\.index) == [0, 1, nil])
  }

  @Test(arguments: [
    (#"{"images": [{"id": 1, "file_name": "a.png"}], "annota"#, "is cut off"),
    (#"{"images": [{"id": 1,, "file_name": "a.png"}]}"#, "it is no JSON"),
    ("not json", "it is no JSON"),
    (#"{"images": [{"id": 1, "file_name": "a.png"}, {"id": 2}]}"#, "images[1] has no file_name"),
    (#"{"images": [{"id": "x", "file_name": "a.png"}]}"#, "images[0] has a damaged id"),
    (
      #"{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1}]}"#,
      "annotations[0] has no category_id"
    ), (#"{"info": {}}"#, "is no list of COCO instances"), ("[]", "is no list of COCO instances"),
  ])
  func damagedInstancesAreNamed(_ text: String, _ part: String) throws {
    let folder = try pictures("in/a.png")
    try folder.write(text, to: "a.json")
    let failure = try #require(throws: Failure.self) { try truths(folder, ["in"], "a.json") }
    #expect(failure.kind == .content && failure.what.contains(part), "\(failure)")
  }

  @Test(arguments: [("a.png", "has no object in any"), ("b.png", "has none of the pictures")])
  func filesWithoutObjectsAreTold(_ name: String, _ part: String) throws {
    let folder = try pictures("in/a.png")
    try folder.write(
      #"{"images": [{"id": 1, "file_name": "\#(name)"}], "annotations": []}"#, to: "a.json")
    let failure = try #require(throws: Failure.self) { try truths(folder, ["in"], "a.json") }
    #expect(failure.kind == .content && failure.what.contains(part), "\(failure)")
  }

  @Test func annotationFilesAreFoundByThePicturesName() throws {
    let folder = try pictures("in/a.png", "in/b.png", "in/c.png")
    try folder.write(
      """
      <?xml version="1.0"?><!-- drawn by hand -->
      <annotation verified="yes"><filename>%s</filename>
       <object><name>tabby</name><part><name>head</name></part>
        <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>
       <object><name> tiger&#32;cat </name><difficult/>
        <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>50</xmax><ymax>9</ymax></bndbox></object>
      </annotation>
      """, to: "xml/deep/a.xml")
    try folder.write("<annotation><object></annotation>", to: "xml/b.xml")
    let truths = try truths(folder, ["in"], "xml")
    #expect(truths.map(\.index) == [2, nil, nil])
    guard case .unknown(let reason) = truths[1] else { return }
    #expect(reason.contains("PASCAL VOC"))
  }

  @Test func aSourceThatNamesNoInputIsRefused() throws {
    let folder = try pictures("in/zebra/a.png")
    let failure = try #require(throws: Failure.self) { try truths(folder, ["in"], "folders") }
    #expect(failure.description.contains("--truth folders: tells the class of no input"))
    #expect(failure.description.contains("zebra"))
  }

  @Test func theTargetIsFilledInForEachImage() throws {
    let target = try #require(try Self.context.targets(["not:truth"]).first)
    #expect(target.isTruth && target.name == "not-truth")
  }
}
