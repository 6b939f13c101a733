import Evaluation
import Jobs
import Testing

/// Boxes and masks of annotations, as whole pixels of a picture.
@Suite("Regions are read from every kind of annotation")
struct RegionTests {
  static let labels = Labels(["tench", "tabby, tabby cat", "tiger cat"], origin: "a test")
  static let context = TargetContext(outputCount: 3, labels: labels, scores: .softmax)

  /// The objects of `in/a.png`, 8 columns and 6 rows.
  func regions(
    _ folder: TestFolder, _ source: String, width: Int = 8, height: Int = 6
  ) throws -> PictureRegions? {
    let list = try folder.inputs("in")
    let source = try #require(try RegionSource("\(folder.path)/\(source)"))
    let book = try RegionBook(source, named: "it", for: list.inputs, Self.context)
    return try book.regions(of: list.inputs[0], width: width, height: height)
  }

  func picture() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.write(TestFolder.picture, to: "in/a.png")
    return folder
  }

  func coco(_ annotations: String) -> String {
    """
    {"images": [{"id": 7, "file_name": "a.png", "width": 8, "height": 6}],
    "categories": [{"id": 1, "name": "tabby"}, {"id": 9, "name": "tiger cat"},
      {"id": 4, "name": "walrus"}], "annotations": [\(annotations)]}
    """
  }

  func object(_ rest: String, category: Int = 1) -> String {
    #"{"image_id": 7, "category_id": \#(category), \#(rest)}"#
  }

  func voc(_ objects: String, head: String = "") -> String {
    "<annotation>\(head)<size><width>8</width><height>6</height></size>\(objects)</annotation>"
  }

  /// Columns 2 to 4 and rows 1 to 3.
  static let box = RegionBox(left: 2, top: 1, right: 4, bottom: 3)

  static var mask: PixelMask {
    var mask = PixelMask(width: 8, height: 6)
    mask.formUnion(box)
    return mask
  }

  @Test("one object in every form has the same pixels")
  func formsAgree() throws {
    let runs = "[13, 3, 3, 3, 3, 3, 20]"
    let packed = "=33000a0"
    #expect(try RunLengths.lengths(in: packed) == [13, 3, 3, 3, 3, 3, 20])
    let corners = { (left: Int, top: Int, right: Int, bottom: Int) in
      "<bndbox><xmin>\(left)</xmin><ymin>\(top)</ymin><xmax>\(right)</xmax>"
        + "<ymax>\(bottom)</ymax></bndbox>"
    }
    let files: [(String, String, hasMask: Bool)] = [
      ("box.json", coco(object(#""bbox": [2, 1, 3, 3]"#)), false),
      ("fine.json", coco(object(#""bbox": [1.7, 0.6, 3.1, 3.3]"#)), false),
      (
        "polygon.json",
        coco(object(#""bbox": [2, 1, 3, 3], "segmentation": [[2, 1, 5, 1, 5, 4, 2, 4]]"#)), true
      ),
      (
        "runs.json",
        coco(
          object(#""bbox": [2, 1, 3, 3], "segmentation": {"size": [6, 8], "counts": \#(runs)}"#)),
        true
      ),
      (
        "packed.json",
        coco(
          object(
            #""bbox": [2, 1, 3, 3], "segmentation": {"size": [6, 8], "counts": "\#(packed)"}"#)),
        true
      ),
      ("voc/a.xml", voc("<object><name>tabby</name>\(corners(3, 2, 5, 4))</object>"), false),
      (
        "imagenet/a.xml",
        voc(
          "<object><name>tabby</name>\(corners(2, 1, 4, 3))</object>",
          head: "<source><database>ILSVRC_2012</database></source>"), false
      ),
      (
        "folder/a.xml",
        voc(
          "<object><name>tabby</name>\(corners(2, 1, 4, 3))</object>",
          head: "<folder>ImageNet</folder>"), false
      ),
      ("boxes.csv", "ImageId,PredictionString\na,tabby 2 1 4 3\n", false),
    ]
    for (name, text, hasMask) in files {
      let folder = try picture()
      try folder.write(text, to: name)
      let source = name.split(separator: "/").first.map(String.init) ?? name
      let found = try #require(try regions(folder, source), "\(name)")
      #expect(found.objects.map(\.classIndex) == [1], "\(name)")
      #expect(found.objects.first?.box == Self.box, "\(name)")
      for kind in RegionKind.allCases {
        let region = try found.region(of: found.objects(of: 1), kind)
        #expect(region == (kind == .mask && !hasMask ? nil : Self.mask), "\(name) \(kind)")
      }
      #expect(try found.region(of: found.objects(of: 2), .auto) == nil)
    }
  }

  @Test("crowds, difficult and truncated objects, and foreign classes are marked")
  func flags() throws {
    let folder = try picture()
    try folder.write(
      coco(
        [
          object(#""bbox": [0, 0, 2, 2], "iscrowd": 1"#), object(#""bbox": [4, 0, 2, 2]"#),
          object(#""bbox": [4, 0, 2, 2]"#, category: 4),
          object(#""bbox": [4, 0, 2, 2]"#, category: 77),
        ].joined(separator: ",")), to: "set.json")
    let found = try #require(try regions(folder, "set.json"))
    #expect(found.objects.map(\.isCrowd) == [true, false, false, false])
    #expect(found.objects.map(\.classIndex) == [1, 1, nil, nil])
    #expect(found.objects.map(\.word) == ["tabby", "tabby", "walrus", "category 77, not listed"])
    try folder.write(
      voc(
        """
        <object><name>tabby</name><difficult>1</difficult></object>
        <object><name>tiger cat</name><truncated> 1 </truncated><difficult>0</difficult>
        <part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>
        <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>8.0</xmax><ymax>6</ymax></bndbox></object>
        """), to: "voc/a.xml")
    let other = try #require(try regions(folder, "voc"))
    #expect(other.objects.map(\.isDifficult) == [true, false])
    // A truncated object is an object like others.
    #expect(other.objects.map(\.box) == [nil, RegionBox(left: 0, top: 0, right: 7, bottom: 5)])
  }

  @Test(
    "what makes no sense is one line",
    arguments: [
      #""bbox": "soup", "area": "soup""#, #""bbox": [1, 2, 3]"#, #""bbox": [1, 2, -3, 4]"#,
      #""bbox": [1e300, 0, 1, 1]"#, #""segmentation": [[1, 2]]"#,
      #""segmentation": [[1, 2, 3, 4, 5]]"#,
      #""segmentation": [[1e300, 2, 3, 4, 5, 6]]"#, #""segmentation": "soup""#,
      #""segmentation": {"size": [6, 8]}"#, #""segmentation": {"size": [6], "counts": [48]}"#,
      #""segmentation": {"size": [6, 8], "counts": [47]}"#,
      #""segmentation": {"size": [6, 8], "counts": [-1, 49]}"#,
      #""segmentation": {"size": [6, 8], "counts": [9223372036854775807, 9223372036854775807]}"#,
      #""segmentation": {"size": [8, 6], "counts": [48]}"#,
      #""segmentation": {"size": [6, 8], "counts": "ooooooooooooooooo"}"#,
      #""segmentation": {"size": [6, 8], "counts": "\u00e9"}"#,
    ])
  func brokenShapes(_ rest: String) throws {
    let folder = try picture()
    try folder.write(coco(object(rest)), to: "set.json")
    let found = try #require(try regions(folder, "set.json"))
    let error = #expect(throws: RegionError.self) {
      try found.region(of: found.objects(of: 1), .auto)
    }
    #expect(error?.description.contains("\n") == false)
  }

  @Test("what makes no sense stays with its object, and a box without area has no pixel")
  func brokenObjects() throws {
    let folder = try picture()
    let runs = #""segmentation": {"size": [6, 8], "counts": [13, 3, 3, 3, 3, 3, 20]}"#
    try folder.write(
      coco(
        [
          object(#""bbox": [2, 1, 3, 3]"#), object(#""bbox": [1, 2, -3, 4]"#, category: 9),
          object(#""bbox": [2, 1, 0, 3]"#, category: 4), object(#""bbox": [2, 1, 0, 3], \#(runs)"#),
          object(#""bbox": [2, 1, -1, 3], \#(runs)"#),
        ].joined(separator: ",")), to: "set.json")
    let found = try #require(try regions(folder, "set.json"))
    #expect(found.objects.map { $0.damage != nil } == [false, true, false, false, true])
    #expect(found.objects.map { $0.box != nil } == [true, false, false, false, false])
    #expect(try found.region(of: found.objects(of: 1), .auto) == Self.mask)
    #expect(throws: RegionError.self) { try found.region(of: found.objects(of: 2), .auto) }
    // The mask serves where the box does not.
    #expect(try found.box(of: found.objects[3]) == Self.box)
    #expect(try found.box(of: found.objects[4]) == Self.box)
    let corners = { (left: Int, right: Int) in
      "<bndbox><xmin>\(left)</xmin><ymin>2</ymin><xmax>\(right)</xmax><ymax>4</ymax></bndbox>"
    }
    try folder.write(
      voc(
        "<object><name>tabby</name>\(corners(3, 5))</object>"
          + "<object><name>walrus</name>\(corners(9, 2))</object>"
          + "<object><name>tiger cat</name><bndbox><xmin>nan</xmin></bndbox></object>"),
      to: "voc/a.xml")
    let other = try #require(try regions(folder, "voc"))
    #expect(try other.region(of: other.objects(of: 1), .auto) == Self.mask)
    #expect(throws: RegionError.self) { try other.region(of: other.objects(of: 2), .auto) }
  }

  @Test("what lies outside of the picture or reaches beyond it is damage of its object alone")
  func objectsOutside() throws {
    let folder = try picture()
    try folder.write(
      coco(
        [
          object(#""bbox": [20, 1, 3, 3]"#, category: 9), object(#""bbox": [2, 1, 3, 3]"#),
          object(#""bbox": [2, 1, 30, 3]"#, category: 9),
          object(#""segmentation": [[2, 1, 50, 1, 5, 40, 2, 4]]"#, category: 9),
        ].joined(separator: ",")), to: "set.json")
    let found = try #require(try regions(folder, "set.json"))
    #expect(found.objects.map { $0.damage != nil } == [true, false, true, true])
    #expect(try found.region(of: found.objects(of: 1), .auto) == Self.mask)
    let error = #expect(throws: RegionError.self) {
      try found.region(of: found.objects(of: 2), .auto)
    }
    #expect(error?.description.contains("columns 20 to 22") == true)
    // Corners counted from 0 may be one too large where a tool means edges; two are none of it.
    for (right, isThere) in [(9, true), (10, false)] {
      try folder.write(
        voc(
          "<object><name>tabby</name><bndbox><xmin>3</xmin><ymin>2</ymin>"
            + "<xmax>\(right)</xmax><ymax>4</ymax></bndbox></object>"), to: "voc/a.xml")
      let other = try #require(try regions(folder, "voc"))
      // Columns 2 to 7: the one beyond the picture is in no box.
      let clipped = RegionBox(left: 2, top: 1, right: 7, bottom: 3)
      #expect(other.objects.map(\.box) == [isThere ? clipped : nil], "\(right)")
    }
  }

  @Test("objects of classes that the network does not have are one note")
  func foreignObjects() throws {
    let folder = try picture()
    try folder.write(
      coco(
        [
          object(#""bbox": [2, 1, 3, 3]"#), object(#""bbox": [2, 1, 3, 3]"#, category: 4),
          object(#""bbox": [2, 1, 3, 3]"#, category: 77),
        ].joined(separator: ",")), to: "set.json")
    let source = try #require(try RegionSource("\(folder.path)/set.json"))
    let inputs = try folder.inputs("in").inputs
    let notes = try RegionBook(source, named: "it", for: inputs, Self.context).notes
    #expect(notes.count == 1 && notes[0].contains("2 objects passed over"), "\(notes)")
    #expect(notes[0].contains("category 77, not listed, walrus"), "\(notes)")
  }

  @Test("names that are not the network's stand for no class, though there are as many")
  func foreignNames() throws {
    let folder = try picture()
    let names = ["seal", "walrus", "otter"].enumerated().map {
      #"{"id": \#($0), "name": "\#($1)"}"#
    }
    try folder.write(
      #"{"images": [{"id": 7, "file_name": "a.png"}], "categories": "#
        + "[\(names.joined(separator: ", "))], \"annotations\": [\(object(#""bbox": [2, 1, 3, 3]"#))]}",
      to: "set.json")
    let failure = try #require(throws: Failure.self) { try regions(folder, "set.json") }
    #expect(failure.kind == .content && failure.what.contains("is one of the network's"))
    let unnamed = TargetContext(outputCount: 3, labels: nil, scores: .softmax)
    let source = try #require(try RegionSource("\(folder.path)/set.json"))
    let inputs = try folder.inputs("in").inputs
    let book = try RegionBook(source, named: "it", for: inputs, unnamed)
    let found = try #require(try book.regions(of: inputs[0], width: 8, height: 6))
    #expect(found.objects.map(\.classIndex) == [1])
  }

  @Test("how many classes a data set has is known for every source")
  func classCounts() throws {
    func count(_ source: String, _ context: TargetContext = Self.context) throws -> Int {
      let folder = try picture()
      let name = source.hasPrefix("<") ? "voc/a.xml" : source.hasPrefix("{") ? "a.json" : "a.csv"
      try folder.write(source, to: name)
      let list = try folder.inputs("in")
      let path = "\(folder.path)/\(name.hasPrefix("voc") ? "voc" : name)"
      let source = try #require(try RegionSource(path))
      return try RegionBook(source, named: "it", for: list.inputs, context).classCount
    }
    // Two of the three that the file lists are classes of the network.
    #expect(try count(coco(object(#""bbox": [2, 1, 3, 3]"#))) == 2)
    let tabby = "<object><name>tabby</name></object>"
    #expect(try count(voc(tabby)) == 3)
    #expect(try count("ImageId,PredictionString\na,tabby 2 1 4 3\n") == 3)
    let words = ["aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "zebra"]
    let mixed = TargetContext(
      outputCount: 9, labels: Labels(words, origin: "a test"), scores: .softmax)
    // PASCAL VOC's twenty, of which this network knows eight.
    #expect(try count(voc("<object><name>bus</name></object>"), mixed) == 8)
  }

  @Test(
    "annotations of other pictures, classes and kinds are one line",
    arguments: [
      (
        "set.json", #"{"images": [{"id": 7, "file_name": "a.png", "width": 6, "height": 8}]}"#,
        "states 6x8"
      ),
      (
        "voc/a.xml", "<annotation><size><width>9</width><height>6</height></size></annotation>",
        "states 9x6"
      ),
      (
        "voc/a.xml", "<annotation><object><name>tabby</name><bndbox></bndbox></annotation>",
        "no PASCAL VOC"
      ),
      (
        "voc/a.xml", "<annotation><object><name>walrus</name></object></annotation>",
        "none of its classes"
      ),
      ("boxes.csv", "ImageId,PredictionString\na,tabby 2 1 4\n", "row 2"),
      ("boxes.csv", "ImageId,PredictionString\na,tabby 4 1 2 3\n", "row 2"),
      ("boxes.csv", "ImageId,PredictionString\na,tabby 4 1 99999999999999 3\n", "row 2"),
    ])
  func foreignAnnotations(_ name: String, _ text: String, _ part: String) throws {
    let folder = try picture()
    try folder.write(text, to: name)
    let source = name.split(separator: "/").first.map(String.init) ?? name
    let failure = try #require(throws: Failure.self) { try regions(folder, source) }
    #expect(failure.kind == .content && !failure.description.contains("\n"), "\(failure)")
    #expect(failure.what.contains(part), "\(failure)")
  }

  @Test("pictures that a source does not have, and sources without places, have no regions")
  func missingAnnotations() throws {
    let folder = try picture()
    try folder.write(
      #"{"images": [{"id": 1, "file_name": "b.png"}], "categories": []}"#, to: "set.json")
    #expect(try regions(folder, "set.json") == nil)
    try folder.write("path,label\na.png,1\n", to: "labels.csv")
    #expect(try RegionSource("\(folder.path)/labels.csv") == nil)
    #expect(try RegionSource("folders") == nil)
  }
}
