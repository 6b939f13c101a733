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
  /// How many classes the data set has that the network knows, whether they occur or not; nil where
  /// nobody says.
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
  case top1
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

  /// A measurement of each subject, or the reason why it is passed over; what is damaged failed.
  func measureEach(
    _ subjects: Subjects, with probe: some Probe,
    _ measure: (
      _ evidence: EvidenceMap, _ regions: PictureRegions, _ classIndex: Int,
      _ picture: SubjectPicture
    ) throws(RegionError) -> Measurement
  ) async throws(ExplanationError) -> [Measurement] {
    let empty = try await subjects.degenerate(with: probe)
    var measurements: [Measurement] = []
    for place in subjects.targets.indices {
      let picture = subjects.pictures.indices.contains(place) ? subjects.pictures[place] : nil
      guard let picture, let regions = picture.regions else {
        measurements.append(
          Measurement(nil, reason: picture?.reason ?? "nobody says where its objects are"))
        continue
      }
      guard let index = picture.classIndex else {
        measurements.append(Measurement(nil, reason: "its target is no class"))
        continue
      }
      let evidence = try await subjects.evidence(place, of: picture, regions)
      do throws(RegionError) {
        var measurement = try measure(evidence, regions, index, picture)
        measurement.isDegenerate = empty[place]
        measurements.append(measurement)
      } catch {
        measurements.append(Measurement(failed: error.description, isDegenerate: empty[place]))
      }
    }
    return measurements
  }
}

extension Subjects {
  /// The map of a subject over the pixels of its picture, brought there once for all metrics.
  fileprivate func evidence(
    _ place: Int, of picture: SubjectPicture, _ regions: PictureRegions
  ) async throws(ExplanationError) -> EvidenceMap {
    if let known = await memory.evidence[place] { return known }
    let map: HostTensor<Float>
    if let own = picture.map {
      map = own
    } else {
      map = try await hostMaps().rows(place..<place + 1)
    }
    let evidence = EvidenceMap(
      map, over: picture.covered, width: regions.width, height: regions.height)
    await memory.keep(evidence, of: place)
    return evidence
  }
}
