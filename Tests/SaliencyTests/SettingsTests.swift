import Saliency
import Testing

@Suite struct SettingsTests {
  private func complaint(_ method: String, _ settings: [String: String]) -> String? {
    do throws(SettingError) {
      _ = try Catalogue.explainer(named: method, settings: settings)
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    ("grad-cam", "pol", "mean", "did you mean pool?"),
    ("grad-cam", "finsih", "raw", "did you mean finish?"),
    ("grad-cam", "finish", "libary", "did you mean library?"),
    ("grad-cam", "relu", "yes", "neither true nor false"),
    ("group-cam", "theta", "101", ": 101 is outside 0...100"),
    ("group-cam", "theta", "-0.5", ": -0.5 is outside 0...100"),
    ("group-cam", "theta", "many", "'many' is not a number in 0...100"),
    ("group-cam", "theta", "nan", "not a number"),
    ("group-cam", "groups", "0", ": 0 is outside 1..."),
    ("group-cam", "groups", "3.5", "not a whole number"),
    ("group-cam", "blur-size", "50", "not an odd number"),
    ("group-cam", "blur-size", "-1", ": -1 is outside 3...1023"),
    ("group-cam", "variant", "papper", "did you mean paper?"),
    ("group-cam", "cluster", "wards", "did you mean ward?"),
  ])
  func wrongSettingsSayWhatWouldDo(
    method: String, name: String, value: String, part: String
  ) throws {
    let text = try #require(complaint(method, [name: value]))
    #expect(text.hasPrefix("\(method).\(name): "))
    #expect(text.contains(part), "\(text)")
  }

  @Test func unknownMethodNamesTheNearest() {
    #expect(complaint("grupcam", [:])?.contains("did you mean group-cam?") == true)
  }

  @Test func everyDefaultIsInItsDomain() throws {
    for method in Catalogue.methods {
      let defaults = Dictionary(
        uniqueKeysWithValues: method.settings.map { ($0.name, $0.defaultValue) })
      _ = try method.init(settings: defaults)
      let resolved = try method.init(settings: [:]).resolvedSettings
      #expect(resolved.map(\.name) == method.settings.map(\.name))
      #expect(Dictionary(uniqueKeysWithValues: resolved.map { ($0.0, $0.1) }) == defaults)
      #expect(method.citation.equations.isEmpty == false)
    }
  }

  @Test func rawFinishAlignsCornersUnlessToldOtherwise() throws {
    func resize(_ settings: [String: String]) throws -> String? {
      try GradCAM(settings: settings).resolvedSettings.first { $0.name == "resize" }?.value
    }
    #expect(try resize([:]) == "half-pixel")
    #expect(try resize(["finish": "raw"]) == "align-corners")
    #expect(try resize(["finish": "raw", "resize": "half-pixel"]) == "half-pixel")
  }

  @Test(arguments: [
    ("lyaer4.2", ["layer4.2", "layer4.1"]),
    ("featurse.29", ["features.29"]),
    ("zzzzzzzz", []),
    ("tabby", ["tabby, tabby cat"]),
  ])
  func nearestNamesComeFirst(typed: String, expected: [String]) {
    let names = ["conv1", "layer4.1", "layer4.2", "features.29", "tabby, tabby cat"]
    #expect(Spelling.nearest(to: typed, among: names) == expected)
  }
}
