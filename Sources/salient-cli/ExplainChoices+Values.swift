import Execution
import Imaging
import Jobs
import Saliency

extension ExplainChoices {
  static func precision(_ text: String) throws(Failure) -> Precision {
    if let precision = Precision(rawValue: text) { return precision }
    guard ["tf32", "fp16"].contains(text) else {
      throw Failure(
        .usage, "--precision \(text)", "no such precision", try: "there are fp32, tf32, fp16")
    }
    throw Failure(
      .device, "--precision \(text)", "no device has it in this version",
      try: "every device has fp32")
  }

  static func keeps(_ texts: [String]) throws(Failure) -> Keeps {
    let words = texts.flatMap { $0.split(separator: ",").map(String.init) }
    let known = Keeps.Kind.allCases.map(\.rawValue) + ["none"]
    var kinds: Set<Keeps.Kind> = []
    for word in words where word != "none" {
      guard let kind = Keeps.Kind(rawValue: word) else {
        throw Failure(
          .usage, "--save \(word)", "no such kind",
          try: Spelling.question(word, known) ?? "there are \(known.joined(separator: ", "))")
      }
      kinds.insert(kind)
    }
    guard !words.contains("none") || words.count == 1 else {
      throw Failure(.usage, "--save \(words.joined(separator: ","))", "none stands alone")
    }
    guard !words.isEmpty else {
      throw Failure(
        .usage, "--save", "names nothing", try: "there are \(known.joined(separator: ", "))")
    }
    return Keeps(kinds)
  }

  static func shard(_ text: String) throws(Failure) -> Shard {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1], count > 0,
      (0..<count).contains(index)
    else {
      throw Failure(
        .usage, "--shard \(text)", "is no part of a whole",
        try: "write I/N with I from 0 to N-1, --shard 0/4")
    }
    return Shard(index: index, count: count)
  }

  static func folder(_ flags: Explain) throws(Failure) -> OutputFolder {
    let folder = OutputFolder(
      flags.results.output ?? "salient-out",
      mode: try Flags.mode(
        resume: flags.results.resume, overwrite: flags.results.overwrite,
        dryRun: flags.results.dryRun))
    guard !folder.path.isEmpty else {
      throw Failure(.usage, "-o", "names no folder", try: "-o salient-out")
    }
    return folder
  }

  static func drawing(_ options: OverlayOptions, _ sources: FlagSources) throws(Failure) -> Drawing
  {
    let size = sources.text("overlay-size", options.overlaySize) ?? "1024"
    guard let side = size == "full" ? Int.max : Int(size), side >= 16 else {
      throw Failure(
        .usage, "--overlay-size \(size)", "is neither full nor a number of pixels from 16",
        try: "write --overlay-size 1024")
    }
    let style =
      try sources.text("overlay", options.overlay).map { text throws(Failure) in
        try Flags.word(text, "--overlay", as: Overlay.Style.self)
      } ?? .opacity
    let colorMap = try sources.text("colormap", options.colormap).map { text throws(Failure) in
      try Flags.word(text, "--colormap", as: ColorMap.self)
    }
    return Drawing(
      Overlay(style, colorMap: colorMap, sideMaximum: size == "full" ? nil : side))
  }
}
