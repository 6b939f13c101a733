import Imaging
import Scenes
import Testing

@Suite("Scenes")
struct SceneRendererTests {
  @Test("a scene depends on seed, split and number alone, and comes out the same every time")
  func scenesAreDeterministic() throws {
    let renderer = try SceneRenderer(seed: 7, options: SceneOptions())
    let again = try SceneRenderer(seed: 7, options: SceneOptions())
    let scene = renderer.scene(5)
    _ = again.scene(0)
    #expect(scene == again.scene(5))
    #expect(scene.picture != renderer.scene(6).picture)
    #expect(try scene.picture != SceneRenderer(seed: 8, options: SceneOptions()).scene(5).picture)
    let training = try SceneOptions(split: .training)
    #expect(try scene.picture != SceneRenderer(seed: 7, options: training).scene(5).picture)
  }
}
