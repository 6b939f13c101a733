import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// How maps were made, so that a metric can make more of them.
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
  /// `[T, C, H, W]`: attributions before their colours were reduced; nil where there are none.
  public var attributions: (any ResidentTensor)?
  /// How the maps were made; nil where they were read from files.
  public var maker: Maker?
  /// What is known of the picture of each target, where anything is.
  public var pictures: [SubjectPicture]

  let memory: SubjectMemory

  /// Subjects.
  public init(
    targets: [Target], maps: any ResidentTensor, attributions: (any ResidentTensor)? = nil,
    maker: Maker? = nil, pictures: [SubjectPicture] = []
  ) {
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
    do throws(BackendError) {
      let maps = try await maps.download()
      await memory.keep(maps)
      return maps
    } catch {
      throw .backend(error)
    }
  }

  /// Which maps have one value everywhere.
  /// - Throws: `ExplanationError` where the engine fails.
  public func degenerate() async throws(ExplanationError) -> [Bool] {
    let maps = try await hostMaps()
    return targets.indices.map { target in
      let map = maps.rows(target..<target + 1).elements
      return map.min() == map.max()
    }
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
  private(set) var measurements: [String: [Measurement]] = [:]

  func keep(_ maps: HostTensor<Float>) { self.maps = maps }

  func keep(ranks: any ResidentTensor) { self.ranks = ranks }

  func keep(_ made: [Measurement], as key: String) { measurements[key] = made }
}
