import Imaging
import Scenes
import Testing

@Suite("The evaluation split leaves no easy answers")
struct EvaluationSplitTests {
  @Test("no box is larger than a quarter of the picture", arguments: [1, 2, 3])
  func boxesAreSmall(count: Int) throws {
    let scenes = try Sample.scenes(400, seed: 21, objects: count)
    let areas = scenes.flatMap { $0.objects.map { Double($0.box.area) / (128 * 128) } }
    #expect(areas.count == 400 * count)
    #expect(areas.max() ?? 1 <= 0.25)
    // Sizes vary: the largest box is several times the smallest.
    #expect((areas.max() ?? 0) > 4 * (areas.min() ?? 1))
  }

  @Test("the centre of the picture hits an object in at most 35 of 100", arguments: [1, 2, 3])
  func centreIsNoAnswer(count: Int) throws {
    for seed in UInt64(0)..<3 {
      let scenes = try Sample.scenes(400, seed: seed, objects: count)
      let hits = scenes.count { scene in scene.objects.contains { $0.box.contains(64, 64) } }
      #expect(hits <= 140, "seed \(seed): \(hits) of 400")
      #expect(hits >= 20, "seed \(seed): the centre is not avoided altogether")
    }
  }

  @Test("all classes come equally often")
  func classesAreBalanced() throws {
    var counts: [ObjectClass: Int] = [:]
    for scene in try Sample.scenes(1200, seed: 2, objects: 1) {
      counts[scene.objects[0].kind, default: 0] += 1
    }
    // 100 expected, standard deviation 9.6.
    for kind in ObjectClass.allCases {
      #expect((65...135).contains(counts[kind] ?? 0), "\(kind): \(counts[kind] ?? 0)")
    }
  }

  @Test("the benchmark is what it was when its figures were published")
  func benchmarkIsFixed() throws {
    let set = SceneBenchmark.benchmark
    #expect(set.name == "benchmark" && set.seed == 20_210_325 && set.count == 50)
    #expect(try set.options == SceneOptions(objectCount: 1...3, split: .evaluation))
    let renderer = try SceneRenderer(seed: set.seed, options: set.options)
    let objects = (0..<set.count).flatMap { renderer.scene($0).objects }
    #expect(objects.count == 109)
    let lines = objects.map { object in
      let box = object.box
      return "\(object.kind.rawValue) \(box.x) \(box.y) \(box.width) \(box.height)"
    }
    #expect(lines.first == "cat 12 69 43 42" && lines.last == "fish 3 48 48 35")
  }

  @Test("size and place of an object do not tell its class")
  func sizeAndPlaceAreIndependent() throws {
    let scenes = try Sample.scenes(1200, seed: 9, objects: 1)
    for kind in ObjectClass.allCases {
      let boxes = scenes.filter { $0.objects[0].kind == kind }.map { $0.objects[0].box }
      let mean = { (value: (PixelBox) -> Int) in
        Double(boxes.map(value).reduce(0, +)) / Double(boxes.count)
      }
      #expect((45...60).contains(mean { max($0.width, $0.height) }), "\(kind)")
      #expect((52...76).contains(mean { $0.x + $0.width / 2 }), "\(kind)")
      #expect((52...76).contains(mean { $0.y + $0.height / 2 }), "\(kind)")
    }
  }

  @Test("a linear classifier on colour histograms stays under 25 of 100")
  func colourTellsNothing() throws {
    let learned = try Sample.scenes(3000, seed: 4, objects: 1)
    let unseen = try Sample.scenes(1000, seed: 5, objects: 1)
    var classifier = LinearClassifier(inputs: 64, classes: ObjectClass.allCases.count)
    let examples = learned.map { (Sample.histogram($0.picture), $0.objects[0].kind.index) }
    classifier.train(on: examples, epochs: 60)
    let hits = unseen.count {
      classifier.answer(Sample.histogram($0.picture)) == $0.objects[0].kind.index
    }
    #expect(hits < 250, "\(hits) of 1000")
    // It does learn: on what it has seen it is better than chance, 250 of 3000.
    let seen = examples.count { classifier.answer($0.0) == $0.1 }
    #expect(seen > 375, "\(seen) of 3000")
  }
}

/// Scenes to count on.
enum Sample {
  static func scenes(
    _ count: Int, seed: UInt64, objects: Int, split: SceneSplit = .evaluation
  ) throws -> [Scene] {
    let options = try SceneOptions(objectCount: objects...objects, split: split)
    let renderer = try SceneRenderer(seed: seed, options: options)
    return (0..<count).map { renderer.scene($0) }
  }

  /// Shares of 4x4x4 colours, scaled so that their mean is 1.
  static func histogram(_ picture: Picture) -> [Double] {
    var counts = [Double](repeating: 0, count: 64)
    for place in stride(from: 0, to: picture.bytes.count, by: 3) {
      let (red, green, blue) = (
        picture.bytes[place] / 64, picture.bytes[place + 1] / 64, picture.bytes[place + 2] / 64
      )
      counts[Int(red) * 16 + Int(green) * 4 + Int(blue)] += 1
    }
    return counts.map { ($0 * 64 * 3 / Double(picture.bytes.count)).squareRoot() }
  }
}

/// Softmax regression by plain gradient descent.
struct LinearClassifier {
  private var weights: [[Double]]

  init(inputs: Int, classes: Int) {
    weights = Array(repeating: Array(repeating: 0, count: inputs + 1), count: classes)
  }

  mutating func train(on examples: [(values: [Double], answer: Int)], epochs: Int) {
    for epoch in 0..<epochs {
      let rate = 0.05 * (1 - Double(epoch) / Double(epochs))
      for (values, answer) in examples {
        let scores = self.scores(values)
        let top = scores.max() ?? 0
        let shares = scores.map { Self.exponential($0 - top) }
        let total = shares.reduce(0, +)
        for kind in weights.indices {
          let step = rate * ((kind == answer ? 1 : 0) - shares[kind] / total)
          for place in values.indices { weights[kind][place] += step * values[place] }
          weights[kind][values.count] += step
        }
      }
    }
  }

  func answer(_ values: [Double]) -> Int {
    let scores = scores(values)
    return scores.indices.max { scores[$0] < scores[$1] } ?? 0
  }

  private func scores(_ values: [Double]) -> [Double] {
    weights.map { row in
      var sum = row[values.count]
      for place in values.indices { sum += row[place] * values[place] }
      return sum
    }
  }

  /// e^x for x up to 0, without a library: (1 + x/1024)^1024, exact enough to learn with.
  private static func exponential(_ x: Double) -> Double {
    var power = max(1 + x / 1024, 0)
    for _ in 0..<10 { power *= power }
    return power
  }
}
