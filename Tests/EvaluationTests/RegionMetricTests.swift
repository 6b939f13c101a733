import Evaluation
import Imaging
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// Metrics of objects on a map of 6 x 4 made by hand.
@Suite("Metrics of objects")
struct RegionMetricTests {
  static let (width, height) = (6, 4)

  /// The largest value at column 4, row 1; a smaller one at column 1, row 2.
  static let map = HostTensor<Float>([1, 1, height, width]) { place in
    place == 10 ? 1 : place == 13 ? 0.5 : place == 9 || place == 4 ? 0.25 : 0
  }

  static func box(_ left: Int, _ top: Int, _ right: Int, _ bottom: Int) -> RegionBox {
    RegionBox(left: left, top: top, right: right, bottom: bottom)
  }

  func measure(
    _ metric: any Metric, _ objects: [RegionObject], map: HostTensor<Float> = map,
    covered: Region? = nil, classIndex: Int? = 1
  ) async throws -> Evaluation.Measurement {
    let probe = try await linearSession(
      HostTensor([1, 1, 1, 2], filledWith: 0), weights: HostTensor([2, 2], filledWith: 1))
    let picture = SubjectPicture(
      regions: PictureRegions(width: Self.width, height: Self.height, objects: objects),
      covered: covered
        ?? Region(x: 0, y: 0, width: Double(Self.width), height: Double(Self.height)),
      classIndex: classIndex, classCount: 20)
    let subjects = try await Subjects(
      targets: [target(1)], maps: ReferenceBackend().upload(map), pictures: [picture])
    return try #require(try await metric.measure(subjects, with: probe).first)
  }

  func object(
    _ box: RegionBox?, _ index: Int? = 1, difficult: Bool = false, crowd: Bool = false
  ) -> RegionObject {
    RegionObject(
      classIndex: index, word: "thing \(index ?? 0)", box: box, isDifficult: difficult,
      isCrowd: crowd)
  }

  @Test("a point hits inside, and strictly nearer than the tolerance")
  func pointing() async throws {
    for (tolerance, left, isHit) in [
      ("0", 4, true), ("0", 3, false), ("1", 3, false), ("1.01", 3, true), ("2", 2, false),
      ("2.5", 2, true),
    ] {
      let metric = try Pointing(settings: ["tol": tolerance])
      let found = try await measure(metric, [object(Self.box(left, 1, left, 1))])
      #expect(found.value == (isHit ? 1 : 0), "\(tolerance) \(left)")
      #expect(found.part("column") == 4 && found.part("row") == 1)
    }
    // Any object of the class counts, and a crowd is one.
    let crowd = object(Self.box(4, 0, 5, 1), crowd: true)
    // A mask says more than the box around it.
    let mask = try Pointing(settings: ["tol": "0", "region": "mask"])
    for (runs, isHit) in [([17, 1, 6], true), ([21, 1, 2], false)] {
      let shaped = RegionObject(
        classIndex: 1, word: "it", box: Self.box(4, 1, 5, 1),
        outline: .runs(runs, width: Self.width, height: Self.height))
      #expect(try await measure(mask, [shaped]).value == (isHit ? 1 : 0), "\(runs)")
    }
    let preset = try Pointing(settings: ["preset": "groupcam"])
    #expect(try await measure(preset, [object(Self.box(0, 3, 0, 3)), crowd]).value == 1)
    #expect(preset.resolvedSettings.map(\.value).prefix(3) == ["groupcam", "0", "box"])
  }

  @Test("what cannot be judged is passed over, with a reason")
  func passedOver() async throws {
    let metric = try Pointing()
    let near = Self.box(4, 1, 4, 1)
    for (objects, index) in [
      ([], 1), ([object(near, 2)], 1), ([object(nil)], 1), ([object(near, difficult: true)], 1),
      ([object(near)], nil),
    ] as [([RegionObject], Int?)] {
      let found = try await measure(metric, objects, classIndex: index)
      #expect(found.value == nil && found.reason != nil, "\(found)")
    }
    let mixed = [object(near, difficult: true), object(near)]
    #expect(try await measure(metric, mixed).value == 1)
    let mask = try Pointing(settings: ["region": "mask"])
    #expect(try await measure(mask, [object(near)]).value == nil)
    let outline = RegionObject(
      classIndex: 1, word: "it", outline: .runs([1, 2], width: 9, height: 9))
    let other = try await measure(metric, [outline])
    #expect(other.reason?.contains("9x9") == true && other.isFailed)
  }

  @Test("difficult pictures have a small class and another one")
  func difficult() async throws {
    let metric = try Pointing(settings: ["subset": "difficult"])
    let (small, large) = (object(Self.box(4, 0, 5, 1)), object(Self.box(3, 0, 5, 1)))
    let other = object(Self.box(0, 0, 0, 0), 2)
    #expect(try await measure(metric, [small, other]).value == 1)
    #expect(try await measure(metric, [small]).value == nil)
    // A quarter of the picture is not less than a quarter.
    #expect(try await measure(metric, [large, other]).value == nil)
  }

  @Test("energy is the share inside; a map without values has none")
  func energy() async throws {
    let found = try await measure(Energy(), [object(Self.box(3, 0, 5, 1))])
    #expect(abs((found.value ?? 0) - 0.75) < 1e-12)
    let crowd = object(Self.box(0, 2, 2, 3), crowd: true)
    let both = try await measure(Energy(), [object(Self.box(3, 0, 5, 1)), crowd])
    #expect(abs((both.value ?? 0) - 1) < 1e-12)
    let nowhere = try await measure(Energy(), [object(nil)])
    #expect(nowhere.value == nil && nowhere.reason != nil && !nowhere.isFailed)
    let empty = HostTensor<Float>([1, 1, Self.height, Self.width], filledWith: 0.3)
    let none = try await measure(Energy(), [object(Self.box(0, 0, 5, 3))], map: empty)
    #expect(none.value == 0 && none.isDegenerate)
  }

  @Test("only what the map covers is looked at")
  func crops() async throws {
    // The middle 4 x 4; a map of one row of two, brighter on the right.
    let half = HostTensor<Float>([1, 1, 1, 2], [0, 1])
    let covered = Region(x: 1, y: 0, width: 4, height: 4)
    let pointed = try await measure(
      Pointing(settings: ["tol": "0"]), [object(Self.box(5, 0, 5, 3))], map: half,
      covered: covered)
    #expect(pointed.value == 0 && pointed.part("column") == 4 && pointed.part("row") == 0)
    let counts = try await measure(
      Segmentation(), [object(Self.box(3, 0, 5, 3))], map: half, covered: covered)
    #expect(counts.part("labelled") == 16 && counts.part("correct") == 16)
    let found = try await measure(
      Localisation(settings: ["threshold": "0.5"]), [object(Self.box(3, 0, 5, 3))], map: half,
      covered: covered)
    #expect(found.part("left") == 3 && found.part("right") == 4 && found.value == 0)
  }

  @Test("localisation: neighbours, the first of equal parts, and any of several classes")
  func localisation() async throws {
    let diagonal = HostTensor<Float>([1, 1, Self.height, Self.width]) { place in
      [7, 14, 10, 17].contains(place) ? 1 : 0
    }
    for (conn, box) in [("8", [1, 1, 2, 2]), ("4", [1, 1, 1, 1])] {
      let metric = try Localisation(settings: ["conn": conn])
      let found = try await measure(metric, [object(Self.box(1, 1, 2, 2))], map: diagonal)
      #expect(
        ["left", "top", "right", "bottom"].map { found.part($0) } == box.map(Double.init))
      #expect(found.value == (conn == "8" ? 0 : 1) && found.part("iou") == (conn == "8" ? 1 : 0.25))
    }
    let crowd = object(Self.box(1, 1, 2, 2), crowd: true)
    #expect(try await measure(Localisation(), [crowd], map: diagonal).value == nil)
    #expect(
      try await measure(Localisation(), [crowd, object(nil, 3)], map: diagonal).value == 1)
    // What the network cannot name it cannot find: no error of the map.
    let foreign = try await measure(
      Localisation(), [crowd, object(Self.box(1, 1, 2, 2), nil)], map: diagonal)
    #expect(foreign.value == nil && !foreign.isFailed && foreign.reason != nil)
  }

  @Test("localisation: any of the first classes of an image finds an object, its own alone")
  func firstClasses() async throws {
    let isRight = [[false, true], [false, false], [true, false]]
    let probe = try await linearSession(
      HostTensor([3, 1, 1, 2], filledWith: 0), weights: HostTensor([2, 2], filledWith: 1))
    let bright = HostTensor<Float>([6, 1, Self.height, Self.width]) { place in
      [7, 8, 13, 14].contains(place % (Self.width * Self.height)) ? 1 : 0
    }
    var (targets, pictures) = ([Target](), [SubjectPicture]())
    for (image, classes) in isRight.enumerated() {
      let objects = classes.enumerated().map { index, isRight in
        object(isRight ? Self.box(1, 1, 2, 2) : Self.box(5, 3, 5, 3), index)
      }
      for index in classes.indices {
        targets.append(target(index, image: image))
        pictures.append(
          SubjectPicture(
            regions: PictureRegions(width: Self.width, height: Self.height, objects: objects),
            covered: Region(x: 0, y: 0, width: 6, height: 4), classIndex: index, classCount: 2))
      }
    }
    let subjects = try await Subjects(
      targets: targets, maps: ReferenceBackend().upload(bright), pictures: pictures)
    for (top, expected) in [("1", [1, 0, 1, 1, 0, 1]), ("2", [0, 0, 1, 1, 0, 1])] {
      let found = try await Localisation(settings: ["top": top]).measure(subjects, with: probe)
      #expect(found.map(\.value) == expected.map(Double.init), "top \(top)")
    }
  }

  @Test("segmentation passes over crowds, and precision is that of the ranking")
  func segmentation() async throws {
    let objects = [
      object(Self.box(4, 1, 4, 1)), object(Self.box(0, 2, 2, 3), crowd: true),
    ]
    let found = try await measure(SegmentationAccuracy(), objects)
    #expect(found.part("labelled") == 18 && found.part("correct") == 16)
    #expect(abs((found.value ?? 0) - 16.0 / 18) < 1e-12)
    let precision = AveragePrecision.value([0.9, 0.8, 0.8, 0.1], [true, false, true, false])
    #expect(abs(precision - 5.0 / 6) < 1e-12)
    #expect(AveragePrecision.value([0.9, 0.8], [false, false]) == 0)
    #expect(AveragePrecision.value([0.9, .nan, 0.2], [true, false, true]) > 0)
  }

  @Test("an object that is damaged fails where it is asked for, and nowhere else")
  func damage() async throws {
    let broken = { (box: RegionBox?, outline: Outline?) in
      RegionObject(classIndex: 1, word: "it", box: box, outline: outline, damage: "a hole")
    }
    let hit = Self.box(4, 1, 4, 1)
    let runs = Outline.runs([17, 1, 6], width: Self.width, height: Self.height)
    for metric: any Metric in [
      try Pointing(), try Energy(), try Localisation(), try Segmentation(),
    ] {
      let nothing = try await measure(metric, [object(hit), broken(nil, nil)])
      #expect(nothing.isFailed && nothing.reason?.contains("a hole") == true, "\(nothing)")
      // A sound mask serves where the box is damaged.
      let whole = try await measure(metric, [broken(nil, runs)])
      #expect(whole.value != nil, "\(whole)")
    }
    let foreign = RegionObject(classIndex: 2, word: "that", damage: "a hole")
    #expect(try await measure(Pointing(), [object(hit), foreign]).value == 1)
    // A damaged mask is not replaced by its box, unless boxes are asked for.
    #expect(try await measure(Pointing(), [broken(hit, nil)]).isFailed)
    #expect(try await measure(Pointing(settings: ["region": "box"]), [broken(hit, nil)]).value == 1)
  }

  @Test("maps of gradients are smoothed where a protocol says so, others are not")
  func smoothing() async throws {
    // One bright pixel far from a patch that is brighter together.
    let (width, height) = (20, 20)
    let map = HostTensor<Float>([1, 1, height, width]) { place in
      let (column, row) = (place % width, place / width)
      if (column, row) == (17, 3) { return 1 }
      return (4...8).contains(column) && (10...14).contains(row) ? 0.8 : 0
    }
    let images = HostTensor<Float>([1, 1, height, width], filledWith: 0)
    let probe = try await linearSession(images, weights: HostTensor([2, 400], filledWith: 1))
    let picture = SubjectPicture(
      regions: PictureRegions(
        width: width, height: height, objects: [object(Self.box(4, 10, 8, 14))]),
      covered: Region(x: 0, y: 0, width: 20, height: 20), classIndex: 1, classCount: 1)
    let kinds: [(any Explainer, Bool)] = [
      (try VanillaGradient(), true), (try CentreMap(), false),
    ]
    for (explainer, isHit) in kinds {
      let subjects = try await Subjects(
        targets: [target(1)], maps: ReferenceBackend().upload(map),
        maker: Maker(explainer, at: [.image]), pictures: [picture])
      let metric = try Pointing(settings: ["tol": "0", "smooth": "0.05"])
      let found = try await metric.measure(subjects, with: probe)[0]
      #expect(found.value == (isHit ? 1 : 0), "\(found)")
    }
  }
}
