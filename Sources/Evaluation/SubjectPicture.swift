import Graphs
import Imaging
import Saliency
import Tensors

/// What is known of the picture that a map explains, for metrics that compare it with objects.
public struct SubjectPicture: Sendable {
  /// Where its objects are; nil where nobody says.
  public var regions: PictureRegions?
  /// Why nobody says where its objects are.
  public var reason: String?
  /// The part of the picture that the map covers.
  public var covered: Region
  /// The class that the map explains; nil where its target is none.
  public var classIndex: Int?
  /// How many classes the data set has, whether they occur or not; nil where it does not say.
  public var classCount: Int?
  /// The finished map at its own size, where the subjects hold one that was brought to another.
  public var map: HostTensor<Float>?

  /// A picture.
  public init(
    regions: PictureRegions?, reason: String? = nil, covered: Region, classIndex: Int?,
    classCount: Int? = nil, map: HostTensor<Float>? = nil
  ) {
    self.regions = regions
    self.reason = reason
    self.covered = covered
    self.classIndex = classIndex
    self.classCount = classCount
    self.map = map
  }
}

/// Which maps of an image a metric measures where the user names no target.
public enum SubjectChoice: Sendable, Hashable {
  /// The map of the most likely class.
  case likeliest
  /// The map of the class of each object.
  case truth
  /// The maps of the most likely classes, measured together.
  case top(Int)
}

/// A metric that compares maps with the objects of pictures.
public protocol RegionMetric: Metric {
  /// Which maps of an image it measures where the user names no target.
  var choice: SubjectChoice { get }
}

extension RegionMetric {
  /// The map of the class of each object.
  public var choice: SubjectChoice { .truth }

  /// Objects.
  public static var needs: MetricNeeds { [.regions] }

  /// Nothing.
  public func cost(_ network: Graph) -> MetricCost { MetricCost() }

  /// A measurement of each subject, or the reason why it is passed over.
  func measureEach(
    _ subjects: Subjects,
    _ measure: (
      _ evidence: EvidenceMap, _ regions: PictureRegions, _ classIndex: Int,
      _ picture: SubjectPicture
    ) throws(RegionError) -> Measurement
  ) async throws(ExplanationError) -> [Measurement] {
    let maps = try await subjects.hostMaps()
    let empty = try await subjects.degenerate()
    return subjects.targets.indices.map { place in
      guard subjects.pictures.indices.contains(place) else {
        return Measurement(nil, reason: "nobody says where its objects are")
      }
      let picture = subjects.pictures[place]
      guard let regions = picture.regions else {
        return Measurement(nil, reason: picture.reason ?? "nobody says where its objects are")
      }
      guard let index = picture.classIndex else {
        return Measurement(nil, reason: "its target is no class")
      }
      let evidence = EvidenceMap(
        picture.map ?? maps.rows(place..<place + 1), over: picture.covered,
        width: regions.width, height: regions.height)
      do throws(RegionError) {
        var measurement = try measure(evidence, regions, index, picture)
        measurement.isDegenerate = empty[place]
        return measurement
      } catch {
        return Measurement(nil, reason: error.description)
      }
    }
  }
}
