import ArgumentParser
import Jobs
import Salient
import Scenes

/// `salient demo`: rendered pictures explained with the bundled network; needs no file and no net.
struct Demo: Verb {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Explain rendered pictures with the bundled network; offline.")

  static let examples = ["salient demo", "salient demo -o first-look --device reference"]

  @Option(name: .customShort("o"), help: "The folder for the results (salient-demo).")
  var output: String?

  @OptionGroup(title: "Device") var device: DeviceOptions

  /// Pictures enough to see several classes, and few enough to wait for.
  private static let count = 8
  private static let seed: UInt64 = 5
  private static let size = 256

  func perform() async throws(Failure) -> Int32 {
    let folder = output ?? "salient-demo"
    let command = try explain(folder)
    let results = try ExplainChoices(command).folder
    try results.checkFree()
    try results.checkOwner(of: ["report.html", "sheet.png", "maps", "overlays"])
    try await render(into: results)
    let code = try await command.perform()
    Terminal.say(
      """

      To explain a picture with a network of your own:
        python3 -c 'import torch, net; torch.onnx.export(net.model.eval(), torch.randn(1, 3, 224, 224), "net.onnx")'
        salient explain photo.jpg --model net.onnx

      \(folder)/report.html

      """)
    return code
  }

  private func render(into results: OutputFolder) async throws(Failure) {
    let options: SceneOptions
    do throws(SceneError) {
      options = try SceneOptions(height: Self.size, width: Self.size, objectCount: 2...2)
    } catch {
      throw Failure(error)
    }
    let path = results.file("pictures")
    let isRendered = try SceneSet.isRendered(in: path)
    do throws(Failure) {
      try FreshFolder(path, overwrites: isRendered).check()
    } catch {
      throw Failure(
        .usage, "-o \(results.path)", "holds pictures, which is not of an earlier demo",
        try: "choose another folder with -o")
    }
    let folder = FreshFolder(path, overwrites: true)
    try await SceneSet(folder: folder, count: Self.count, seed: Self.seed, options: options).write()
  }

  /// The same as the command line that a user would type.
  private func explain(_ folder: String) throws(Failure) -> Explain {
    var words = [
      "\(folder)/pictures", "--model", "scenes", "--method", "group-cam,grad-cam", "--target",
      "top2", "--save", "map,overlay,sheet,report", "-o", folder,
    ]
    // A demo may take the place of an earlier demo, and of nothing else.
    if try EarlierRun.verb(in: folder) == "demo" { words.append("--overwrite") }
    if let device = device.device { words += ["--device", device] }
    if let memory = device.memory { words += ["--memory", memory] }
    if let kernels = device.kernels { words += ["--kernels", kernels] }
    do {
      return try Explain.parse(words)
    } catch {
      throw Failure(.ours, "demo", "\(error)", try: "please report this")
    }
  }
}
