import Jobs

extension ExplainChoices {
  /// Finds the images that INPUT stands for.
  func findInputs() async throws(Failure) -> InputList {
    try refuseForgottenFlag()
    guard !words.contains("") else {
      throw Failure(.usage, "INPUT", "one of them is empty", try: "name a picture or a folder")
    }
    return try InputList(
      resolving: InputRequest(words: words, outputFolder: folder.path) { () throws(Failure) in
        guard let bytes = Terminal.readInput() else {
          throw Failure(.inputOutput, "-", "the standard input cannot be read")
        }
        return bytes
      })
  }

  /// The images, of which at least one can be opened.
  /// - Throws: `Failure` after a line for each that cannot, but the last.
  func usable(_ list: InputList) throws(Failure) -> [Input] {
    guard !list.inputs.isEmpty else { throw nothingFound(list) }
    guard list.inputs.contains(where: \.isUsable) else {
      let failures = list.inputs.compactMap { input -> Failure? in
        guard case .failure(let failure) = input.file else { return nil }
        return failure
      }
      for failure in failures.dropLast() { Terminal.complain(failure.description) }
      guard let last = failures.last else { throw nothingFound(list) }
      throw Failure(.missing, last.place, last.what, try: last.hint)
    }
    return list.inputs
  }

  /// The images of this shard.
  func inShard(_ inputs: [Input]) -> [Input] {
    guard let shard else { return inputs }
    return inputs.filter { $0.shard(of: shard.count) == shard.index }
  }

  /// A bare number behind `--target` was meant for it.
  private func refuseForgottenFlag() throws(Failure) {
    for word in words where Int(word) != nil && !InputList.exists(word) {
      throw Failure(
        .usage, word, "no such file", try: "for a second class repeat the flag: --target \(word)")
    }
  }

  private func nothingFound(_ list: InputList) -> Failure {
    let place = words.count == 1 ? words[0] : "INPUT"
    if words == ["-"], list.passedOver.isEmpty {
      return Failure(.missing, "-", "the standard input lists no paths", try: "write one a line")
    }
    if let folder = list.outputFolders.first, list.passedOver.isEmpty {
      guard InputList.exists("\(folder)/run.json") else {
        return Failure(
          .missing, place, "is the folder for the results too", try: "choose another one with -o")
      }
      return Failure(
        .missing, place, "\(folder) holds the results of a run, no inputs",
        try: "name the folder with the inputs")
    }
    if let file = list.dataSets.first, list.passedOver.isEmpty {
      return Failure(.missing, place, "\(file) lists no pictures")
    }
    let convertible = [".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".avif"]
    let hint = list.passedOver.keys.contains(where: convertible.contains)
    let passed = list.passedOver.isEmpty ? nil : "\(list.passedOverKinds) passed over"
    let parts = [passed, hint ? "convert them to PNG" : nil].compactMap { $0 }
    return Failure(
      .missing, place,
      "no PNG, JPEG or .npy below it"
        + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"))
  }
}
