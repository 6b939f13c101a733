import Evaluation

/// The table of boxes that ImageNet's localisation task is published with: `ImageId` and
/// `PredictionString`, class and four corners for each object, `n01440764 85 1 499 272 ...`.
///
/// Corners are counted from 0 and belong to the box.
public struct BoxTable: Sendable {
  /// The objects by the names of pictures without extension.
  private var objects: [String: [RegionObject]] = [:]

  /// Reads a table; nil where its first line names other columns.
  /// - Throws: `Failure` where it is not there, or a row makes no sense.
  public init?(csv path: String) throws(Failure) {
    let text = try TruthTable.text(path)
    let head = text.prefix { !$0.isNewline }.lowercased().split(separator: ",").map {
      Labels.trimmed($0)
    }
    guard head == ["imageid", "predictionstring"] else { return nil }
    for (number, row) in CSV.rows(text).enumerated().dropFirst() where row != [""] {
      let words = (row.count == 2 ? row[1] : "").split(whereSeparator: \.isWhitespace).map(
        String.init)
      guard row.count == 2, words.count.isMultiple(of: 5) else {
        throw Self.broken(path, number)
      }
      var found: [RegionObject] = []
      for place in stride(from: 0, to: words.count, by: 5) {
        let corners = words[place + 1..<place + 5].compactMap { Int($0) }
        guard corners.count == 4, corners.allSatisfy({ abs($0) < 1 << 30 }),
          corners[0] <= corners[2], corners[1] <= corners[3]
        else { throw Self.broken(path, number) }
        found.append(
          RegionObject(
            word: words[place],
            box: RegionBox(
              left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])))
      }
      objects[AnnotationFolder.stem(Labels.trimmed(row[0]))] = found
    }
  }

  private static func broken(_ path: String, _ row: Int) -> Failure {
    Failure(
      .content, path,
      "row \(row + 1) is not a picture and a class with four corners for each object",
      try: "write ILSVRC2012_val_00000001,n01751748 111 108 441 193")
  }

  /// The objects of a picture; nil where the table does not have it.
  func objects(for input: Input) -> [RegionObject]? {
    objects[AnnotationFolder.stem(input.source)] ?? objects[InputList.plain(input.source)]
  }

  /// The classes of the objects of a picture, that of the largest box first; nil where the table does
  /// not have it.
  func words(for input: Input) -> [String]? {
    objects(for: input)?.sorted { ($0.box?.area ?? 0) > ($1.box?.area ?? 0) }.map(\.word)
  }
}
