import Jobs

/// Where the true classes of a run come from.
struct TruthChoice {
  /// As the header shows it.
  let name: String
  /// `--truth`, or `data set` where nobody asked.
  let origin: String
  /// Whether its words stood for the classes at their places, for want of names on one side.
  private(set) var isByPosition = false
  private let source: TruthSource
  private let isAsked: Bool

  /// The source that was named, else that of the data set among the inputs; nil where there is none.
  /// - Throws: `Failure` where it cannot be read, or where it is missing and a target needs it.
  init?(
    _ choices: ExplainChoices, _ list: InputList, _ targets: [TargetRequest]
  ) throws(Failure) {
    let needed = targets.first(where: \.isTruth)
    isAsked = choices.truth != nil || needed != nil
    if let truth = choices.truth {
      (name, origin) = (truth, "--truth")
      source = try TruthSource(truth)
    } else if !list.dataSets.isEmpty {
      (name, origin) = (list.dataSets.joined(separator: ", "), "data set")
      source = try TruthSource(dataSets: list.dataSets)
    } else {
      guard let needed else { return nil }
      throw Failure(
        .usage, "--target \(needed.text)", "the true classes of the inputs are not known",
        try: "give --truth folders, a CSV or annotations")
    }
  }

  /// Gives each input its true class.
  /// - Throws: `Failure` where none is known and somebody asked.
  mutating func apply(to inputs: inout [Input], _ context: TargetContext) throws(Failure) {
    do throws(Failure) {
      let found = try context.trueClasses(of: inputs, from: source, named: name)
      for (place, answer) in found.classes.enumerated() { inputs[place].truth = answer }
      isByPosition = found.areByPosition
    } catch  where !isAsked {
      // The data set's own classes need not be those of the network.
      return
    }
  }
}
