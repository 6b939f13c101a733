import Imaging
import Tensors

extension Job {
  /// Reads an image once more, to show it.
  /// - Parameters:
  ///   - input: one of the inputs.
  ///   - side: the longer side at most, in pixels.
  /// - Returns: the picture; nil where its channels are none.
  /// - Throws: `Failure` where it cannot be read any more.
  public func view(of input: Input, sideMaximum side: Int) throws(Failure) -> PictureView? {
    try InputReader(self, viewSide: side).image(of: input).view
  }

  /// The map of a record over its picture; nil where it is not kept or is damaged.
  public func drawn(_ record: JSONValue, on view: PictureView) -> Picture? {
    guard let (method, files) = files(of: record), let map = map(at: files.drawn(method)) else {
      return nil
    }
    return drawing.overlay(map, of: method.explainer, on: view)
  }

  private func map(at path: String) -> HostTensor<Float>? {
    guard let file = try? NPYFile(folder.file(path)),
      let map = try? file.tensor(), [2, 3].contains(map.shape.rank)
    else { return nil }
    let isWhole = map.elements.allSatisfy(\.isFinite) && !map.elements.isEmpty
    return isWhole && (map.shape.rank == 2 || map.shape[0] == 3) ? map : nil
  }

  /// A picture in the folder of the run; nil where it is not there or is damaged.
  public func picture(at path: String, sideMaximum side: Int) -> Picture? {
    guard let source = try? PictureSource(folder.file(path)),
      let picture = try? source.decode(DecodingOptions()).picture
    else { return nil }
    return PictureView(picture, region: Region(of: picture), sideMaximum: side).picture
  }

  /// Where a map lies that is there for report and sheet alone.
  func workingPath(of record: JSONValue) -> String? {
    files(of: record).flatMap { method, files in files.working(method, keeps) }
  }

  private func files(of record: JSONValue) -> (method: MethodRequest, files: MapFiles)? {
    guard let image = record["image"]?.string, let key = MapKey(record),
      let method = methods.first(where: { $0.name == key.method }),
      let target = targets.first(where: { $0.text == key.target }),
      let layer = layers(of: method).first(where: { $0.name == key.layer })
    else { return nil }
    return (method, MapFiles(image: image, method: key.method, place: MapPlace(target, layer).name))
  }
}
