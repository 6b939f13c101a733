import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// An explainer at its layers: how maps were made, so that a metric can make more of them.
public struct Maker: Sendable {
  /// The method.
  public var explainer: any Explainer
  /// The layers that it reads: one, or several that it fuses.
  public var layers: [LayerName]

  /// A maker.
  public init(_ explainer: any Explainer, at layers: [LayerName]) {
    self.explainer = explainer
    self.layers = layers
  }

  /// Maps of the same kind for other images or targets.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    if let layer = layers.first, layers.count == 1 {
      return try await explainer.explain(targets, at: layer, with: probe)
    }
    return try await explainer.explain(targets, at: layers, with: probe)
  }
}

/// What a metric measures: the finished maps of a batch, one for each target.
public struct Subjects: Sendable {
  /// T targets; a class chosen by its place is the one at that place for the clean image.
  public var targets: [Target]
  /// `[T, 1, H, W]`: the maps, finite, at the size of the network's input.
  public var maps: any ResidentTensor
  /// `[T, C, H, W]`: attributions before their colours were reduced, unbounded, of both signs; nil
  /// where there are none.
  public var attributions: (any ResidentTensor)?
  /// How the maps were made; nil where they were read from files.
  public var maker: Maker?
  /// Whether the maps are derivatives of the target by the image, as far as anybody says.
  public var areDerivatives: Bool
  /// What is known of the picture of each target, where anything is.
  public var pictures: [SubjectPicture]

  let memory: SubjectMemory

  /// Subjects; their maker says whether the maps are derivatives, where nobody else does.
  public init(
    targets: [Target], maps: any ResidentTensor, attributions: (any ResidentTensor)? = nil,
    maker: Maker? = nil, areDerivatives: Bool? = nil, pictures: [SubjectPicture] = []
  ) {
    self.areDerivatives = areDerivatives ?? maker?.explainer.isDerivative ?? false
    self.pictures = pictures
    self.targets = targets
    self.maps = maps
    self.attributions = attributions
    self.maker = maker
    memory = SubjectMemory()
  }

  /// The maps, read back once however many metrics ask.
  /// - Throws: `ExplanationError` where the engine fails.
  public func hostMaps() async throws(ExplanationError) -> HostTensor<Float> {
    if let known = await memory.maps { return known }
    let maps = try await read(maps)
    await memory.keep(maps)
    return maps
  }

  /// Which maps have one value everywhere; found once, and no map is read back for it.
  /// - Throws: `ExplanationError` where the engine fails.
  func degenerate(with probe: some Probe) async throws(ExplanationError) -> [Bool] {
    if let known = await memory.areConstant { return known }
    let spans = try await read(
      probe.compute([maps]) { (builder, inputs) throws(GraphError) in
        let ends = [
          try builder.add(ReduceMin(axes: [1, 2, 3], keepsAxes: false), inputs),
          try builder.add(ReduceMax(axes: [1, 2, 3], keepsAxes: false), inputs),
        ]
        return [
          try builder.add(
            Concat(axis: 1),
            ends.map { end throws(GraphError) in
              try builder.add(Reshape([1, 1]), [end])
            })
        ]
      }[0])
    let areConstant = targets.indices.map { spans[2 * $0] == spans[2 * $0 + 1] }
    await memory.keep(areConstant: areConstant)
    return areConstant
  }

  /// `[T, H·W]`: the place of each pixel in the order of its map, from 0; the greatest comes first, and
  /// of equal ones the one that comes first in raster order.
  func ranks(with probe: some Probe) async throws(ExplanationError) -> any ResidentTensor {
    if let known = await memory.ranks { return known }
    let count = maps.shape.row.elementCount
    let ranks = try await probe.compute([maps]) { (builder, inputs) throws(GraphError) in
      [try builder.add(Rank(), [builder.add(Reshape([1, count]), inputs)])]
    }[0]
    await memory.keep(ranks: ranks)
    return ranks
  }

  /// Measurements that several metrics are made of, made once for each key.
  /// - Throws: what making them throws.
  func measurements(
    _ key: String, _ make: () async throws(ExplanationError) -> [Measurement]
  ) async throws(ExplanationError) -> [Measurement] {
    if let known = await memory.measurements[key] { return known }
    let made = try await make()
    await memory.keep(made, as: key)
    return made
  }
}

/// What metrics of the same maps share.
actor SubjectMemory {
  private(set) var maps: HostTensor<Float>?
  private(set) var ranks: (any ResidentTensor)?
  private(set) var areConstant: [Bool]?
  private(set) var measurements: [String: [Measurement]] = [:]
  private(set) var evidence: [Int: EvidenceMap] = [:]
  /// How many pixels of evidence may be kept: those of large pictures are brought there again.
  private var room = 1 << 25

  func keep(_ maps: HostTensor<Float>) { self.maps = maps }

  func keep(ranks: any ResidentTensor) { self.ranks = ranks }

  func keep(areConstant: [Bool]) { self.areConstant = areConstant }

  func keep(_ made: [Measurement], as key: String) { measurements[key] = made }

  func keep(_ evidence: EvidenceMap, of place: Int) {
    guard evidence.values.count <= room else { return }
    room -= evidence.values.count
    self.evidence[place] = evidence
  }
}
