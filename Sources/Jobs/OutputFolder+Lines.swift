/// The records line by line, so that memory does not grow with them.
extension OutputFolder {
  /// Where a line of the records is, in bytes, its line break left out.
  struct LinePlace: Sendable {
    let offset: Int
    let count: Int
  }

  /// Reads the records; what is behind the last line break was cut off and is left out.
  /// - Parameter body: gets a line and where it is; says whether to go on.
  /// - Throws: `Failure` where the file cannot be read; nothing is read where it is not there.
  func forEachLine(_ body: (ArraySlice<UInt8>, LinePlace) -> Bool) throws(Failure) {
    guard Files.kind(of: resultsPath) == .file else { return }
    do throws(SystemError) {
      let file = try OpenFile(reading: resultsPath)
      var open: [UInt8] = []
      var offset = 0
      while true {
        let piece = try file.bytes(at: offset + open.count, count: 1 << 20)
        guard !piece.isEmpty else { return }
        open += piece
        var start = 0
        while let end = open[start...].firstIndex(of: UInt8(ascii: "\n")) {
          let place = LinePlace(offset: offset + start, count: end - start)
          if place.count > 0, !body(open[start..<end], place) { return }
          start = end + 1
        }
        open.removeFirst(start)
        offset += start
      }
    } catch {
      throw error.reading(resultsPath)
    }
  }

  /// Writes the records anew with these lines, in this order.
  /// - Throws: `Failure` where the file cannot be read or written; then it is as it was.
  func rewriteLines(_ places: [LinePlace]) throws(Failure) {
    do throws(SystemError) {
      let source = try OpenFile(reading: resultsPath)
      try WholeFile.place(at: resultsPath) { file throws(SystemError) in
        for place in places {
          try file.write(source.bytes(at: place.offset, count: place.count) + [UInt8(ascii: "\n")])
        }
      }
    } catch {
      throw error.writing(resultsPath)
    }
  }
}
