import Jobs

/// All that `results.jsonl` says of one image.
struct ReportImage: Sendable {
  /// Its name.
  let name: String
  /// The records of its maps.
  var records: [JSONValue] = []
  /// Why it could not be explained, or not in full.
  var error: JSONValue?

  /// Groups lines by image, in the order in which images come first.
  ///
  /// Lines are kept as bytes until their page is made; only names are read here.
  static func images(in lines: [ArraySlice<UInt8>]) -> [Lines] {
    var places: [String: Int] = [:]
    var images: [Lines] = []
    for line in lines {
      guard let name = JSONValue(parsing: line)?["image"]?.string else { continue }
      if let place = places[name] {
        images[place].lines.append(line)
      } else {
        places[name] = images.count
        images.append(Lines(name: name, lines: [line]))
      }
    }
    return images
  }

  /// The lines of one image, not read yet.
  struct Lines: Sendable {
    let name: String
    var lines: [ArraySlice<UInt8>]

    /// The image with its lines read.
    var image: ReportImage {
      var image = ReportImage(name: name)
      for line in lines {
        guard let record = JSONValue(parsing: line) else { continue }
        if let error = record["error"] {
          image.error = error
        } else {
          image.records.append(record)
        }
      }
      return image
    }
  }
}
