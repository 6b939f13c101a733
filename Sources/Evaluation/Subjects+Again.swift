import Execution
import Graphs
import Operators
import Saliency
import Tensors

extension Subjects {
  /// The clean image of each target, `[T, C, H, W]`.
  func images(with probe: some Probe) async throws(ExplanationError) -> any ResidentTensor {
    try await probe.take(targets.map(\.image), of: probe.images)
  }

  /// Maps of the same kind of other images, `[T, 1, H, W]`: image t under the target of subject t.
  ///
  /// A class that was chosen by its place keeps the one that it had in the clean image, and colours
  /// are reduced as those of the subjects are; what is raw keeps them.
  /// - Throws: `ExplanationError` where the maps were read from files or the engine fails.
  func explain(
    _ images: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    guard let maker else {
      throw .unsuitable("maps that were read from files cannot be made again")
    }
    var targets = try await namedTargets(with: probe)
    for place in targets.indices { targets[place].image = place }
    var again = try await maker.explain(targets, with: probe.with(images: images))
    again.maps = try await probe.colourless(again.maps)
    return again
  }

  /// The targets with the classes that they have in the clean images, by their indices.
  func namedTargets(with probe: some Probe) async throws(ExplanationError) -> [Target] {
    let isChosen = targets.map { target in
      if case .top = target.choice { return target.expression == nil }
      return false
    }
    guard isChosen.contains(true) else { return targets }
    let seeds = try await read(probe.views(for: targets, activations: []).seeds)
    return targets.indices.map { place in
      guard isChosen[place] else { return targets[place] }
      var named = targets[place]
      let weights = seeds.rows(place..<place + 1).elements
      named.choice = .outputs(
        weights.indices.filter { weights[$0] != 0 }
          .map { Target.Output(index: $0, weight: weights[$0]) })
      return named
    }
  }
}
