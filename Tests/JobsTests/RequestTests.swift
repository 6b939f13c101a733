import Jobs
import Saliency
import Testing

@Suite struct RequestTests {
  static let labels = Labels(
    ["tench, Tinca tinca", "tabby, tabby cat", "tiger cat", "Persian cat", "crane", "crane"],
    origin: "a test")
  static let context = TargetContext(outputCount: 6, labels: labels, scores: .softmax)

  func names(_ texts: String..., in context: TargetContext = context) throws -> [String] {
    try context.targets(texts).map(\.name)
  }

  @Test func targetsHaveTheNamesOfTheContract() throws {
    #expect(try names("top3") == ["top1", "top2", "top3"])
    #expect(try names("5") == ["c5"])
    #expect(try names("Tinca Tinca") == ["c0"])
    #expect(try names("2-1") == ["c2-c1"])
    #expect(try names("tiger cat vs tabby") == ["c2-c1"])
    #expect(try names("prob:2", "logprob:2", "not:2") == ["prob-c2", "logprob-c2", "not-c2"])
    #expect(try names("all").count == 6)
    #expect(try names("top1", "TOP2", "1", "tabby") == ["top1", "top2", "c1"])
  }

  @Test func everyTargetOfAllHasATextOfItsOwn() throws {
    let targets = try Self.context.targets(["all"])
    #expect(targets.map(\.text) == ["0", "1", "2", "3", "4", "5"])
    let likely = try Self.context.targets(["not:PROB:all", "PROB:not:2"])
    #expect(likely.map(\.text) == (0..<6).map { "not:PROB:\($0)" })
    let one = TargetContext(outputCount: 1, labels: nil, scores: .sigmoid)
    #expect(try one.targets(["all"]).map(\.text) == ["1"])
  }

  @Test func theOrderOfPrefixesMakesNoOtherTarget() throws {
    #expect(try names("not:prob:3", "prob:not:3", "Prob:NOT:3") == ["not-prob-c3"])
    #expect(try names("logprob:not:truth") == ["not-logprob-truth"])
    #expect(try names("not:prob:2-1", "prob:not:2-1").count == 1)
  }

  @Test func unusualTargetsGetAHashAndKeepTheirText() throws {
    let target = try #require(try Self.context.targets(["not:prob:2-1"]).first)
    #expect(target.name.count == 10 && target.name.hasPrefix("t-"))
    #expect(target.text == "not:prob:2-1")
    #expect(target.isNegated && target.head == .probability && target.score == .value)
    #expect(
      target.choice == .outputs([.init(index: 2, weight: 1), .init(index: 1, weight: -1)]))
  }

  @Test func aNumberIsAnIndexEvenWhereALabelReadsSo() throws {
    let context = TargetContext(
      outputCount: 3, labels: Labels(["2", "0", "1"], origin: ""), scores: .softmax)
    #expect(try names("2", in: context) == ["c2"])
  }

  @Test func oneOutputTellsTwoClassesApart() throws {
    let context = TargetContext(outputCount: 1, labels: nil, scores: .sigmoid)
    #expect(try context.targets(["1"])[0].choice == .outputs([.init(index: 0, weight: 1)]))
    #expect(try context.targets(["0"])[0].choice == .outputs([.init(index: 0, weight: -1)]))
    #expect(try names("top2", in: context) == ["top1", "top2"])
    #expect(throws: Failure.self) { try context.targets(["2"]) }
    let prediction = Prediction(outputs: [-2], scores: .sigmoid)
    #expect(prediction.ranked.map(\.index) == [0, 1])
    #expect(prediction.ranked.map(\.logit) == [2, -2])
    let sum = prediction.ranked.compactMap(\.probability).reduce(0, +)
    #expect(abs(sum - 1) < 1e-12)
  }

  @Test func theLowestIndexWinsATie() {
    let prediction = Prediction(outputs: [1, 3, 3, 2], scores: .softmax)
    #expect(prediction.ranked.map(\.index) == [1, 2, 3, 0])
    #expect(abs((prediction.ranked.compactMap(\.probability).reduce(0, +)) - 1) < 1e-12)
  }

  @Test(arguments: [
    ("crane", "2 labels fit"), ("tabyb", "nearest: tabby (1)"), ("6", "6 classes"),
    ("top7", "top1 to top6"), ("", "names no class"), ("1-1", "always 0"),
    ("0 vs 1 vs 2", "more than two classes"),
    ("tabby vs ", "none of 6 labels"), ("OUT[0]", "no output is called OUT"),
    ("99999999999999999999", "6 classes"),
    ("dog", "there are tench, Tinca tinca, tabby, tabby cat, tiger cat, Persian cat, crane, crane"),
  ])
  func otherTargetsAreRefusedInOneLine(_ text: String, _ part: String) throws {
    let failure = try #require(throws: Failure.self) { try Self.context.targets([text]) }
    #expect(failure.kind == .usage)
    #expect(failure.description.contains(part))
  }

  @Test func methodsTakeTheirOwnAndCommonSettings() throws {
    let catalogue = MethodCatalogue()
    let requests = try catalogue.requests(
      ["group-cam:theta=50:groups=8,grad-cam", "group-cam"],
      set: ["group-cam.groups=16", "resize=half-pixel"].filter { !$0.hasPrefix("resize") })
    #expect(requests.map(\.name) == ["group-cam_groups=8_theta=50", "grad-cam", "group-cam"])
    #expect(requests[0].settings["groups"] == .integer(8))
    #expect(requests[2].settings["groups"] == .integer(16))
    #expect(requests[2].variant == "paper")
    #expect(requests[1].variant == nil)
  }

  @Test func aLongListOfLabelsIsNotPrinted() throws {
    let labels = Labels((0..<21).map { "label \($0)" }, origin: "a test")
    let context = TargetContext(outputCount: 21, labels: labels, scores: .softmax)
    let failure = try #require(throws: Failure.self) { try context.targets(["dog"]) }
    #expect(failure.hint == "give a label, or an index 0...20")
  }

  @Test func valuesThatAreNoScoresHaveNames() throws {
    let outputs = [NamedOutput(name: "mask", place: 1, shape: [5])]
    let context = TargetContext(
      outputCount: 6, labels: Self.labels, scores: .softmax, outputs: outputs)
    let texts = ["top1", "1", "not:1", "truth", "2-1", "prob:2-1", "mask[2]"]
    let names = try context.targets(texts).map(\.valueName)
    #expect(names == [nil, nil, nil, nil, "logit difference", "logit difference", "value"])
  }

  @Test func anEmptyValueIsShown() {
    #expect(Failure(.usage, "--set ", "no").description == "--set '': no")
    #expect(Failure(.usage, "a file ", "no").description == "a file : no")
    let failure = #expect(throws: Failure.self) { try MethodCatalogue().requests([""], set: []) }
    #expect(failure?.description.hasPrefix("--method '': no such method; ") == true)
  }

  @Test func quantitiesReadAsPeopleWriteThem() {
    let passes = Passes(forwards: 1, tails: 64, backwards: 2000)
    #expect(Quantity.count(passes) == "1 forward, 64 tails, 2,000 backwards")
    #expect(Quantity.count(Passes(backwards: 1)) == "1 backward")
    #expect(Quantity.count(Passes()) == "0 forwards")
    #expect(Quantity.grouped(1_234_567) == "1,234,567")
    #expect(Quantity.short(1_700_000) == "1.7 M")
    #expect(Quantity.bytes(9_800_000_000) == "9.8 GB")
    #expect(Quantity.binaryBytes(6 << 30) == "6.0 GiB")
    #expect(Quantity.duration(seconds: 2460) == "41 min")
    #expect(Quantity.fixed(-0.004, 2) == "0.00")
    #expect(Quantity.fixed(0.835, 2) == "0.84" || Quantity.fixed(0.835, 2) == "0.83")
    #expect(Quantity.fixed(1e11, 4) == "100000000000.0000")
    #expect(Quantity.fixed(-922_337_203_685_478, 4) == "-922337203685478.0")
    #expect(Quantity.fixed(.infinity, 1) == "inf" && Quantity.fixed(.nan, 0) == "nan")
    #expect(Quantity.parseBytes("1.5G") == 3 << 29)
    #expect(Quantity.parseBytes("512MiB") == 512 << 20)
    for text in ["", "G", "-1", "1e99G", "4 bananas"] { #expect(Quantity.parseBytes(text) == nil) }
  }

  @Test func theRateCountsFromTheFirstBatchOn() {
    var rate = ProgressRate(total: 20, batchSize: 8)
    // Ten seconds to build kernels, then two for each batch.
    for _ in 0..<8 { rate.add(at: .seconds(12)) }
    #expect(rate.value == nil)
    for _ in 0..<7 { rate.add(at: .seconds(14)) }
    #expect(rate.value == nil)
    rate.add(at: .seconds(14))
    #expect(rate.value == 4)
    for _ in 0..<4 { rate.add(at: .seconds(18)) }
    #expect(rate.value == 2)
  }

  @Test func documentsKeepTheirOrderAndHoldNoOtherNumbers() throws {
    let document: JSONValue = [
      "b": .number(Float.nan), "a": .number(Float(0.1)), "text": .string("a\"\\\n\u{1}é"),
      "list": [.bool(true), .null, .integer(-3)],
    ]
    let text = document.description
    #expect(text == #"{"b": null, "a": 0.1, "text": "a\"\\\n\u0001é", "list": [true, null, -3]}"#)
    let parsed = try #require(JSONValue(parsing: text.utf8))
    #expect(parsed["text"]?.string == "a\"\\\n\u{1}é")
    #expect(JSONValue(parsing: document.indented().utf8) == parsed)
    #expect(JSONValue(parsing: String(repeating: "[", count: 1_000_000).utf8) == nil)
  }

  @Test func textsOfMethodsWithoutALayerStayAsTheyAre() {
    #expect(LayerRequest.none.named(in: "what is noted") == "what is noted")
    #expect(LayerRequest.none.named(in: "").isEmpty)
  }

  @Test func failuresAreOneLine() {
    let failure = Failure(.usage, "a\nb", "what\r\n\u{1B}[31m", try: "this")
    #expect(failure.description == "a b: what   [31m; this")
  }

  @Test func hashesAreThoseOfTheStandard() throws {
    let folder = try TestFolder()
    func hash(_ text: String) throws -> String {
      try ModelHash.hash(file: folder.write(text, to: "model"))
    }
    #expect(try hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(try hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    // More than is read at once.
    let text = String(repeating: "a", count: 3_000_000)
    #expect(try hash(text) == "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4")
    #expect(throws: Failure.self) { try ModelHash.hash(file: folder.path + "/none") }
  }
}
