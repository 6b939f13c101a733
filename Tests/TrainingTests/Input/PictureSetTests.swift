import Foundation
import Jobs
import Testing
import Training

@Suite("Folders and data sets become pictures with classes")
struct PictureSetTests {
  private func read(_ folder: PictureFolder, _ inside: String = "") throws(Failure) -> PictureSet {
    try PictureSet(folder.path + inside, outputFolder: folder.path + "/out")
  }

  private func failure(_ folder: PictureFolder, _ inside: String = "") -> Failure? {
    do throws(Failure) {
      _ = try read(folder, inside)
      return nil
    } catch {
      return error
    }
  }

  @Test("classes are the sorted names of the folders, pictures lie at any depth")
  func foldersAreClasses() throws {
    let folder = try PictureFolder.classes(2)
    try folder.write("notes", to: "b/readme.txt")
    try folder.write("notes", to: ".hidden/readme.txt")
    try folder.picture(9, to: "out/x.png")
    try folder.picture(9, to: "B/0.png")
    let set = try read(folder)
    #expect(set.classNames == ["B", "a", "b"])
    #expect(
      set.samples.map(\.name) == [
        "B/0.png", "a/0.png", "a/1.png", "b/deep/0.png", "b/deep/1.png",
      ])
    #expect(set.samples.map(\.label) == [0, 1, 1, 2, 2])
    #expect(set.counts == [1, 2, 2] && set.unreadable.isEmpty)
    #expect(try self.read(folder, "/").samples == set.samples)
  }

  @Test("a linked class folder is read, and names do not depend on where the set lies")
  func linkedFoldersAreRead() throws {
    let (folder, other) = (try PictureFolder.classes(1), try PictureFolder())
    for name in ["a", "b"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(other.path)/\(name)", withDestinationPath: "\(folder.path)/\(name)")
    }
    #expect(try read(other).samples.map(\.name) == read(folder).samples.map(\.name))
  }

  @Test("a file that is no picture is counted, a class without any is an error of one line")
  func emptyClassIsAnError() throws {
    let folder = try PictureFolder.classes(1)
    try folder.write("no picture", to: "a/1.png")
    try folder.write("no array", to: "a/2.npy")
    #expect(try read(folder).unreadable.count == 2)
    try folder.write("no picture", to: "c/0.jpg")
    try folder.write("no picture", to: "c/0.webp")
    let found = try #require(failure(folder))
    #expect(found.place == "\(folder.path)/c" && found.kind == .content)
    #expect(found.what == "an empty class: no readable PNG or JPEG below it (1 .webp passed over)")
    #expect(found.hint == "put pictures there, or remove the folder")
  }

  @Test("files of other kinds are counted, and told once")
  func otherFilesAreCounted() throws {
    let folder = try PictureFolder.classes(40)
    for name in ["a/x.webp", "b/deep/y.webp", "b/z.txt"] { try folder.write("x", to: name) }
    let set = try read(folder)
    #expect(set.passedOver == [".webp": 2, ".txt": 1])
    #expect(InputList.passedOverLine(set.passedOver) == "passed over 3 files (2 .webp, 1 .txt)")
    #expect(InputList.passedOverLine([:]) == nil)
    let (training, validation) = try set.split(validationShare: 0.25)
    #expect(training.passedOver == set.passedOver && validation.passedOver.isEmpty)
  }

  @Test("where classes are known one will do, and a probe takes pictures of none")
  func knownClassesNeedNoSecond() throws {
    let folder = try PictureFolder.classes(1)
    let one = try PictureSet(folder.path + "/b", outputFolder: "out", ofKnownClasses: true)
    #expect(one.classNames == ["deep"] && one.samples.count == 1)
    #expect(throws: Failure.self) {
      try PictureSet(folder.path + "/a", outputFolder: "out", ofKnownClasses: true)
    }
    let classes = ["b", "a"]
    let probe = try PictureSet(toProbe: folder.path, outputFolder: "out", classNames: classes)
    #expect(probe.isLabelled && probe.samples.map(\.label) == [1, 0])
    let plain = try PictureSet(
      toProbe: folder.path + "/a", outputFolder: "out", classNames: classes)
    #expect(!plain.isLabelled && plain.samples.map(\.name) == ["0.png"])
    #expect(plain.classNames == classes)
    try folder.write("notes", to: "c/readme.txt")
    for name in ["c", "b", "none"] {
      #expect(throws: Failure.self) {
        try PictureSet(
          toProbe: "\(folder.path)/\(name)", outputFolder: "out", classNames: classes)
      }
    }
  }

  @Test("a folder without classes, with one, or that is not there is an error")
  func tooFewClassesAreAnError() throws {
    let folder = try PictureFolder.classes(1)
    #expect(failure(folder, "/a")?.what == "no class folders")
    #expect(failure(folder, "/b")?.what == "deep is its only class")
    #expect(failure(folder, "/none")?.kind == .missing)
    #expect(failure(folder, "/a/0.png")?.kind == .missing)
    try folder.write(Self.coco(), to: "a/annotations.json")
    #expect(failure(folder)?.what == "is a data set inside of a class")
  }

  /// Three pictures: two objects, one, and none.
  private static func coco(category: Int = 9, categories: String = #"{"id": 9, "name": "cup"},"#)
    -> String
  {
    """
    {"images": [{"id": 1, "file_name": "x.png"}, {"id": 2, "file_name": "y.png"},
                {"id": 3, "file_name": "z.png"}],
     "annotations": [{"image_id": 1, "category_id": 4, "area": 10, "bbox": [0, 0, 5, 2]},
                     {"image_id": 1, "category_id": \(category), "area": 11, "bbox": [0, 0, 4, 4]},
                     {"image_id": 2, "category_id": 4, "area": 1, "bbox": [0, 0, 1, 1]}],
     "categories": [\(categories) {"id": 4, "name": "fish"}]}
    """
  }

  @Test("a picture of a data set is of the class of its largest object")
  func largestObjectDecides() throws {
    let folder = try PictureFolder()
    for (number, name) in ["x", "y", "z"].enumerated() {
      try folder.picture(number, to: "images/\(name).png")
    }
    try folder.write(Self.coco(), to: "annotations.json")
    let set = try read(folder)
    #expect(set.classNames == ["fish", "cup"])
    #expect(set.samples.map(\.name) == ["images/x.png", "images/y.png"])
    #expect(set.samples.map(\.label) == [1, 0] && set.unlabelledCount == 1)
    try folder.write(Self.coco(category: 5), to: "annotations.json")
    let found = try #require(failure(folder))
    #expect(
      found.what == "an object of x.png is of category 5, none of those listed"
        && found.place == "\(folder.path)/annotations.json")
    try folder.write(Self.coco(categories: ""), to: "annotations.json")
    #expect(failure(folder)?.what == "lists fewer than two categories")
  }

  @Test("a share is held out by name: the same pictures always, and no class lost")
  func sharesFollowNames() throws {
    let folder = try PictureFolder.classes(40)
    let whole = try read(folder)
    let (training, validation) = try whole.split(validationShare: 0.25)
    #expect(Set(training.samples).isDisjoint(with: validation.samples))
    #expect(training.samples.count + validation.samples.count == 80)
    #expect(10...30 ~= validation.samples.count)
    for number in 100..<120 { try folder.picture(number, to: "a/\(number).png") }
    let more = try read(folder).split(validationShare: 0.25).validation.samples
    #expect(more.filter { whole.samples.contains($0) } == validation.samples)
    #expect(throws: Failure.self) { try whole.split(validationShare: 1e-9) }
    #expect(throws: Failure.self) { try whole.split(validationShare: 0.999_999_999) }
  }

  @Test("labels follow the names of another list of classes")
  func setsAreAligned() throws {
    let folder = try PictureFolder.classes(1)
    let set = try read(folder)
    let aligned = try set.aligned(to: ["c", "b", "a"], of: "the model")
    #expect(aligned.samples.map(\.label) == [2, 1] && aligned.classNames == ["c", "b", "a"])
    do throws(Failure) {
      _ = try set.aligned(to: ["a", "bb"], of: "the model")
      Issue.record("class b was found")
    } catch {
      #expect(error.what == "class b is none of the 2 classes of the model")
    }
  }
}
