import Evaluation
import Saliency
import Tensors
import Testing

@Suite("Plans are shared")
struct SharedPlanTests {
  /// A batch of the default command, from the classes on.
  private func measure(_ session: Session) async throws {
    let top = [Target(image: 0, choice: .top(1)), Target(image: 1, choice: .top(1))]
    _ = try await session.views(for: top, activations: [])
    let targets = [target(0), target(2, image: 1)]
    let maker = Maker(try GroupCAM(settings: ["groups": "3"]), at: [ColourNetwork.layer])
    let maps = try await maker.explain(targets, with: session).maps
    let subjects = Subjects(targets: targets, maps: maps, maker: maker)
    for metric: any Metric in [
      try Insertion(), try Deletion(), try Deletion(settings: ["step": "448"]), try ROAD(),
      try AverageDrop(), try Infidelity(settings: ["n": "5"]),
    ] { _ = try await metric.measure(subjects, with: session) }
  }

  @Test("the second batch of the default command and more compiles nothing")
  func secondBatch() async throws {
    let backend = WatchedBackend()
    let session = try await ColourNetwork.session(on: backend)
    try await measure(session)
    let first = await backend.log.compiled
    #expect(first > 5)
    let images = HostTensor<Float>(ColourNetwork.images.shape) { ColourNetwork.images[$0] * 0.5 }
    try await measure(session.with(images: session.upload(images)))
    #expect(await backend.log.compiled == first)
  }

  @Test("no picture and no map comes back while pixels are changed")
  func nothingOfAnImage() async throws {
    let backend = WatchedBackend()
    let session = try await ColourNetwork.session(on: backend)
    let plane = ColourNetwork.side * ColourNetwork.side
    let map = HostTensor<Float>([2, 1, ColourNetwork.side, ColourNetwork.side]) { Float($0 % 89) }
    let subjects = Subjects(
      targets: [target(0), target(2, image: 1)], maps: try await session.upload(map))
    for metric: any Metric in [try Insertion(), try Deletion(), try ROAD()] {
      _ = try await metric.measure(subjects, with: session)
    }
    let read = await backend.log.downloads
    // The curves of both images are there, and nothing is as large as one plane.
    #expect(read.contains(2 * 101) && read.allSatisfy { $0 < plane }, "\(read)")
    _ = try await subjects.hostMaps()
    #expect(await backend.log.downloads.last == 2 * plane)
  }

  @Test("insertion and deletion, whatever their steps, are one plan")
  func onePlan() async throws {
    let backend = WatchedBackend()
    let session = try await ColourNetwork.session(on: backend)
    let map = HostTensor<Float>([1, 1, ColourNetwork.side, ColourNetwork.side]) { Float($0 % 89) }
    let subjects = Subjects(targets: [target(0)], maps: try await session.upload(map))
    _ = try await Insertion().measure(subjects, with: session)
    let first = await backend.log.networks
    for metric: any Metric in [try Deletion(), try Insertion(settings: ["step": "448"])] {
      _ = try await metric.measure(subjects, with: session)
    }
    #expect(await backend.log.networks == first)
  }
}
