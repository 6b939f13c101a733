import Jobs
import Saliency
import Testing

/// Targets that are formulas over the outputs of a network.
@Suite struct ExpressionTests {
  static let context = TargetContext(
    outputCount: 10, labels: Labels((0..<10).map { "label \($0)" }, origin: "a test"),
    scores: .softmax,
    outputs: [
      NamedOutput(name: "logits", place: 1, shape: [10]),
      NamedOutput(name: "boxes", place: 2, shape: [9, 4]),
      NamedOutput(name: "map", place: 3, shape: [5, 16, 12]),
      NamedOutput(name: "map.1/out", place: 4, shape: [5, 16, 12]),
      NamedOutput(name: "495", place: 5, shape: []),
    ])
  static let maps = TargetContext(
    outputCount: 0, labels: nil, scores: .raw,
    outputs: [NamedOutput(name: "mask", place: 0, shape: [5, 8, 8])])

  func expression(_ text: String) throws -> Expression {
    let target = try #require(try Self.context.targets([text]).first)
    guard case .expression(let expression) = target.head else {
      Issue.record("\(text) is no expression")
      return .number(0)
    }
    return expression
  }

  func logit(_ index: Int) -> Expression { .output(1, [.index(index)]) }

  @Test func productsBindMoreTightlyThanSumsAndSignsMoreThanBoth() throws {
    let sum = Expression.combined(
      logit(1), .add, .combined(.number(2), .multiply, logit(2)))
    #expect(try expression("logits[1] + 2 * logits[2]") == sum)
    #expect(try expression(" logits[ 1 ]+2*logits[2]") == sum)
    let left = Expression.combined(.combined(logit(1), .subtract, logit(2)), .subtract, logit(3))
    #expect(try expression("logits[1]-logits[2]-logits[3]") == left)
    let quotient = Expression.combined(.combined(logit(1), .divide, logit(2)), .multiply, logit(3))
    #expect(try expression("logits[1]/logits[2]*logits[3]") == quotient)
    let negated = Expression.combined(.number(-1), .multiply, logit(1))
    #expect(try expression("-logits[1]") == negated)
    #expect(try expression("2 - -logits[1]") == .combined(.number(2), .subtract, negated))
    #expect(try expression("---logits[1]") == negated)
    #expect(try expression("+--logits[1]") == logit(1))
    let largest = Expression.reduced(.output(1, []), .maximum)
    #expect(try expression("-logits.max()") == .combined(.number(-1), .multiply, largest))
    #expect(
      try expression("(logits[1] + 2) * 3")
        == .combined(.combined(logit(1), .add, .number(2)), .multiply, .number(3)))
  }

  @Test func partsAreTakenBehindTheBatchAxis() throws {
    #expect(
      try expression("boxes[1:4, 2].sum()")
        == .reduced(.output(2, [.range(from: 1, to: 4), .index(2)]), .sum))
    #expect(
      try expression("map[3, :, 4:].mean()")
        == .reduced(
          .output(3, [.index(3), .range(from: 0, to: nil), .range(from: 4, to: nil)]), .mean))
    #expect(
      try expression("boxes[:2].max()") == .reduced(.output(2, [.range(from: 0, to: 2)]), .maximum))
    #expect(
      try expression("(map[0] - map[1]).max()")
        == .reduced(
          .combined(.output(3, [.index(0)]), .subtract, .output(3, [.index(1)])), .maximum))
  }

  @Test func namesOfOutputsMayHoldAnyCharacter() throws {
    #expect(try expression("map.1/out[0, 1, 2]") == .output(4, [.index(0), .index(1), .index(2)]))
    #expect(try expression("map[0, 1, 2]/logits[1]").outputs == [1, 3])
    #expect(try expression("495.max() * 2") == .combined(.output(5, []), .multiply, .number(2)))
    #expect(try expression("495 * logits[0]") == .combined(.number(495), .multiply, logit(0)))
  }

  @Test func numbersAreReadAsPeopleWriteThem() throws {
    for (text, number) in [
      ("2", 2), ("0.5", 0.5), (".5", 0.5), ("2.", 2), ("1e-3", 0.001), ("1.5E+2", 150), ("2*3", 6),
      ("(1+3)/8", 0.5), ("-2", -2),
    ] as [(String, Float)] {
      #expect(
        try expression("logits[0]*(\(text))") == .combined(logit(0), .multiply, .number(number)),
        "\(text)")
    }
  }

  @Test func whatALabelOrAnIndexReadsIsNoExpression() throws {
    let context = TargetContext(
      outputCount: 3, labels: Labels(["crane (bird)", "crane (machine)", "logits"], origin: ""),
      scores: .softmax, outputs: [NamedOutput(name: "logits", place: 1, shape: [3])])
    #expect(
      try context.targets(["crane (bird)", "crane (bird) vs crane (machine)", "logits", "0-1", "1"])
        .map(\.name) == ["c0", "c0-c1", "c2", "c1"])
    #expect(try context.targets(["logits.max()"])[0].expression)
  }

  @Test func namesOfFilesDependOnTheMeaningAlone() throws {
    let targets = try Self.context.targets([
      "logits[1]+2*logits[2]", " logits[1] + (2.0 * logits[2])", "not:logits[1] + 2*logits[2]",
      "logits[1]+2*logits[3]",
    ])
    #expect(targets.count == 3)
    #expect(Set(targets.map(\.name)).count == 3)
    #expect(targets.allSatisfy { $0.name.count == 10 && $0.name.hasPrefix("t-") })
    #expect(targets[0].text == "logits[1]+2*logits[2]")
    #expect(targets[1].isNegated && !targets[0].isNegated)
    #expect(targets.allSatisfy { $0.score == .value && $0.index == nil })
  }

  @Test(arguments: [
    ("logits[3] + foo[1]", "--target 'logits[3] + foo[1]': column 13: no output is called foo"),
    ("logit[3]", "column 1: no output is called logit; nearest: logits"),
    ("not:logit[3]", "column 5: no output is called logit; nearest: logits"),
    ("logits[10]", "column 8: index 10 of axis 1 of logits [10] is not in 0...9"),
    ("logits[-1]", "column 8: index -1 of axis 1 of logits [10] is not in 0...9"),
    ("boxes[2, 4]", "column 10: index 4 of axis 2 of boxes [9, 4] is not in 0...3"),
    ("logits[99999999999999999999]", "is not in 0...9"),
    ("logits[3:11].max()", "column 8: index 11 of axis 1"),
    ("logits[4:4].max()", "column 8: 4:4 of axis 1 of logits [10] is no part of 0:10"),
    ("logits[0, 3]", "column 11: logits [10] has 1 axis behind the batch axis, no more"),
    ("logits[1][2]", "column 10: a second pair of brackets; put all indices into one: [i, j]"),
    ("boxes[1]", "column 1: gives 4 numbers where one is needed; end it with .max()"),
    ("map[0]", "gives 16x12 numbers where one is needed"),
    ("boxes[0] + map[0, 0]", "column 10: 4 and 12 numbers cannot be combined"),
    ("logits[3] +", "column 12: the text ends where a number or an output is needed"),
    ("logits[3] logits[4]", "column 11: 'l' where an operator is needed"),
    ("(logits[3]", "column 11: the text ends where ) is needed"),
    ("logits[3])", "column 10: ')' where an operator is needed"),
    ("logits[", "the text ends where an index is needed"),
    ("logits[1;2]", "column 9: ';' where a comma or ] is needed"),
    ("logits.min()", "column 8: no operation is called .min; there are .max(), .mean() and .sum()"),
    ("logits.max", "the text ends where () behind .max is needed"),
    ("(1 + 2)", "column 1: reads no output; outputs: logits [10], boxes [9, 4]"),
    ("logits[0] * (1/0)", "column 15: 1.0 / 0.0 is not finite"),
    ("logits[0] / 0", "column 11: divides by 0"),
    ("logits[0] / (2 - 2)", "column 11: divides by 0"),
    ("logits[0] * 1e99", "column 13: 1e99 is too large"),
    ("prob:logits[0]", "prob: and logprob: are of a class, not of an expression"),
    ("logprob:2-1", "may be negative and has no logarithm; 2-1 is the difference"),
  ])
  func mistakesAreNamedWithTheirColumn(_ text: String, _ part: String) throws {
    let failure = try #require(throws: Failure.self) { try Self.context.targets([text]) }
    #expect(failure.kind == .usage)
    #expect(failure.description.contains(part), "\(failure)")
  }

  @Test(arguments: ["top1", "3", "all", "truth", "not:top1", "1-2", "tabby", "prob:3"])
  func aNetworkOfMapsSaysWhatToGive(_ text: String) throws {
    let failure = try #require(throws: Failure.self) { try Self.maps.targets([text]) }
    #expect(failure.kind == .usage)
    #expect(
      failure.description
        == "--target \(text): the network gives no list of classes, but mask [5, 8, 8]; "
        + "give a number of these, such as --target 'mask[0].mean()'")
    #expect(try Self.maps.targets(["mask[0].mean()"]).count == 1)
  }

  @Test func longAndDeepTextsAreRefused() throws {
    let deep = String(repeating: "(", count: 400) + "logits[0]" + String(repeating: ")", count: 400)
    let long = Array(repeating: "logits[0]", count: 200).joined(separator: "+")
    for (text, part) in [
      (deep, "more than 50 parentheses within each other"), (long, "longer than 1000 characters"),
    ] {
      let failure = try #require(throws: Failure.self) { try Self.context.targets([text]) }
      #expect(failure.what.contains(part))
    }
  }

  /// Any string of tokens is a target or one line.
  @Test func randomTextsNeverTrap() {
    let tokens = [
      "logits", "boxes", "map", "map.1/out", "495", "mask", "foo", "[", "]", "(", ")", ",", ":",
      ".", ".max()", ".mean()", ".sum()", ".min()", "max", "+", "-", "*", "/", " ", "0", "1", "3",
      "99", "18446744073709551616", "1e9", "1e", "0.5", ".", "not:", "prob:", "top1", " vs ", "é",
      "\u{0}", "\n", "e\u{301}", "👩‍🚀", "'", "label 3", "٣",
    ]
    let operands = [
      "logits[3]", "boxes[1, 2]", "map[0].max()", "mask[4, 1:].sum()", "2", ".5",
      "-(logits.mean())",
      "map.1/out[0, 0, 0]", "(boxes[1] - boxes[2, :]).max()",
    ]
    var state: UInt64 = 20_260_101
    func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var understood = 0
    for _ in 0..<20_000 {
      var words = (0...next(12)).map { _ in tokens[next(tokens.count)] }
      if next(2) == 0 {
        // Nearly right: operands with operators between them, and sometimes a token too many.
        words = (0...2 * next(4)).map {
          $0 % 2 == 0 ? operands[next(operands.count)] : ["+", "-", "*", " / "][next(4)]
        }
        if next(2) == 0 { words.insert(tokens[next(tokens.count)], at: next(words.count + 1)) }
      }
      let text = words.joined()
      for context in [Self.context, Self.maps] {
        do throws(Failure) {
          understood += try context.targets([text]).count
        } catch {
          let line = error.description
          #expect(!line.contains { $0.isNewline } && !line.isEmpty, "\(text.debugDescription)")
        }
      }
    }
    #expect(understood > 2000)
  }
}

extension TargetRequest {
  fileprivate var expression: Bool {
    if case .expression = head { return true }
    return false
  }
}
