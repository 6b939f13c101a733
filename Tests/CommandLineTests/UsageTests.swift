import Foundation
import Testing

/// A command line that makes no sense, and the one line that it gets.
struct Mistake: Sendable, CustomTestStringConvertible {
  let words: String
  let code: Int32
  let parts: [String]

  init(_ words: String, _ code: Int32, _ parts: String...) {
    self.words = words
    self.code = code
    self.parts = parts
  }

  var testDescription: String { words }

  /// The words, with names for the fixtures.
  var arguments: [String] {
    words.split(separator: " ").map {
      $0 == "MODEL" ? Program.model : $0 == "PICTURES" ? Program.pictures : String($0)
    }
  }
}

@Suite struct UsageTests {
  static let mistakes = [
    Mistake("explain a.jpg --modle m.onnx", 64, "--modle: no such flag; did you mean --model?"),
    Mistake("expalin a.jpg", 64, "expalin: no such verb; did you mean explain?"),
    Mistake("explain --target 281 282 a.npy -m MODEL", 64, "282: no such file", "--target 282"),
    Mistake(
      "explain PICTURES -m MODEL --target tabby", 64, "--target tabby", "states no labels",
      "--labels FILE", "0...9"),
    Mistake("explain PICTURES -m MODEL --target 10", 64, "--target 10", "10 classes"),
    Mistake("explain PICTURES -m MODEL --target top11", 64, "--target top11", "top1 to top10"),
    Mistake("explain PICTURES -m MODEL --target truth", 64, "--target truth", "--truth folders"),
    Mistake("explain PICTURES -m MODEL --truth nothing.csv", 66, "nothing.csv: no such file"),
    Mistake("explain PICTURES -m MODEL --truth MODEL", 65, "--truth", "is no .csv"),
    Mistake("explain PICTURES -m MODEL --truth folders", 65, "tells the class of no input"),
    Mistake(
      "explain PICTURES -m MODEL --target OUTPUT[0].max()", 64, "column 1", "nearest: output"),
    Mistake("explain PICTURES -m MODEL --target not:", 64, "names no class"),
    Mistake("explain PICTURES -m MODEL --target=", 64, "--target: its value is missing"),
    Mistake("explain PICTURES -m MODEL --target output[0]/0", 64, "column 10: divides by 0"),
    Mistake("explain PICTURES -m MODEL --target 3-3", 64, "a class against itself"),
    Mistake(
      "explain PICTURES -m MODEL --method grup-cam", 64, "grup-cam", "did you mean group-cam?"),
    Mistake("explain PICTURES -m MODEL --method group-cam:groups=x", 64, "group-cam.groups", "x"),
    Mistake("explain PICTURES -m MODEL --method group-cam:grups=3", 64, "grups", "groups"),
    Mistake("explain PICTURES -m MODEL --method group-cam:groups", 64, "KEY=VALUE"),
    Mistake(
      "explain PICTURES -m MODEL --method smoothgrad:mode=var:n=1", 64, "smoothgrad.n", "2 samples"),
    Mistake(
      "explain PICTURES -m MODEL --method smoothgrad:mode=var:level=0", 64, "smoothgrad.level",
      "above 0"),
    Mistake(
      "explain PICTURES -m MODEL --method occlusion:value=complement", 64, "occlusion.value",
      "score=probability"),
    Mistake(
      "explain PICTURES -m MODEL --method tsgb:readout=nonsense", 65, "nonsense: no such layer",
      "readout=input"),
    Mistake(
      "explain PICTURES -m MODEL --method tsgb:readout=fc", 65, "channels x height x width",
      "readout=input"),
    Mistake("explain PICTURES -m MODEL --set thetta=3", 64, "thetta", "did you mean theta?"),
    Mistake(
      "explain PICTURES -m MODEL --set grad-cam.pool=sum", 64, "grad-cam", "--method grad-cam"),
    Mistake("explain PICTURES -m MODEL --layer layer4.7", 64, "--layer layer4.7", "nearest"),
    Mistake("explain PICTURES -m MODEL --layer a,b", 64, "give --layer once for each"),
    Mistake("explain PICTURES -m MODEL -t 0,1", 64, "--target 0,1", "give --target once for each"),
    Mistake("explain PICTURES -m scenes-shrtcut", 66, "did you mean scenes-shortcut?"),
    Mistake("explain PICTURES -m MODEL --scores softmaks", 64, "--scores", "did you mean softmax?"),
    Mistake("explain PICTURES -m MODEL --device 7 --device 8", 64, "--device", "twice"),
    Mistake("explain PICTURES -m MODEL --device 0,1", 64, "not part of this version yet"),
    Mistake("explain PICTURES -m MODEL --precision fp16", 69, "fp16", "fp32"),
    Mistake("explain PICTURES -m MODEL --precision fp8", 64, "fp8"),
    Mistake("explain PICTURES -m MODEL --batch-size 0", 64, "--batch-size 0"),
    Mistake("explain PICTURES -m MODEL --memory lots", 64, "--memory lots", "4G"),
    Mistake("explain PICTURES -m MODEL --seed -1", 64, "--seed", "--seed=VALUE"),
    Mistake("explain PICTURES -m MODEL --shard 4/4", 64, "--shard 4/4", "0 to N-1"),
    Mistake("explain PICTURES -m MODEL --size 0", 64, "--size 0"),
    Mistake("explain PICTURES -m MODEL --size 64 --device reference", 65, "fixes 32x32"),
    Mistake("explain PICTURES -m MODEL --save overly", 64, "did you mean overlay?"),
    Mistake("explain PICTURES -m MODEL --save none,map", 64, "none stands alone"),
    Mistake("explain PICTURES -m MODEL --save mpa", 64, "did you mean map?"),
    Mistake("explain PICTURES -m MODEL --labels imagenet", 64, "1,000 names for 10 classes"),
    Mistake("explain PICTURES -m MODEL --colormap infreno", 64, "did you mean inferno?"),
    Mistake("explain PICTURES -m MODEL --overlay blogg", 64, "did you mean blog?"),
    Mistake("explain PICTURES -m MODEL --overlay-size huge", 64, "--overlay-size huge"),
    Mistake("explain PICTURES -m MODEL --overlay-size 0", 64, "--overlay-size 0"),
    Mistake("explain PICTURES -m MODEL --preset imagnet", 64, "did you mean imagenet?"),
    Mistake("explain PICTURES -m MODEL --preset nothing.json", 66, "nothing.json: no such file"),
    Mistake("explain PICTURES -m MODEL --preset MODEL", 65, "--preset"),
    Mistake("explain PICTURES -m MODEL --mean 1,2", 64, "--mean 1,2"),
    Mistake("explain PICTURES -m MODEL --std 0", 64, "--std 0", "above 0"),
    Mistake("explain PICTURES -m MODEL --exif maybe", 64, "--exif maybe"),
    Mistake("explain PICTURES -m MODEL --alpha red", 64, "--alpha red"),
    Mistake("explain PICTURES -m MODEL --max-pixels many", 64, "--max-pixels many"),
    Mistake("explain PICTURES -m MODEL --resample pillow14", 64, "pillow12, pillow13"),
    Mistake("explain PICTURES -m MODEL --recipe keras-blo", 64, "did you mean keras-blog?"),
    Mistake(
      "explain PICTURES -m MODEL --arch resnet50", 64, "--arch: no such flag", "salient train"),
    Mistake("explain PICTURES -m MODEL --resume --overwrite", 64, "contradict"),
    Mistake("explain PICTURES -m", 64, "-m", "value is missing"),
    Mistake("explain PICTURES --model --json", 64, "--model", "value is missing"),
    Mistake("explain PICTURES -m MODEL --json=yes", 64, "--json", "takes no value"),
    Mistake("explain PICTURES", 64, "--model", "is missing"),
    Mistake("explain --nonsense", 64, "--nonsense: no such flag"),
    Mistake("explain -m MODEL", 64, "no INPUT"),
    Mistake("explain photo.jpg -m MODEL", 66, "photo.jpg: no such file"),
    Mistake("explain @ -m MODEL", 64, "@LIST"),
    Mistake("explain PICTURES PICTURES -m MODEL", 64, "same name"),
    Mistake("explain nothing.npy -m MODEL", 66, "nothing.npy: no such file"),
    Mistake("explain @nothing.txt -m MODEL", 66, "nothing.txt: no such file"),
    Mistake("explain PICTURES -m nothing.onnx", 66, "nothing.onnx: no such file"),
    Mistake("explain PICTURES -m PICTURES", 65, "not ONNX, safetensors or PyTorch"),
    Mistake("explain PICTURES -m MODEL --labels nothing.txt", 66, "nothing.txt: no such file"),
    Mistake("explain PICTURES -m MODEL --from nothing.json", 66, "nothing.json: no such file"),
    Mistake("explain PICTURES -m MODEL --from PICTURES", 65, "no run.json"),
    Mistake("explain PICTURES -m MODEL -o /dev/null --device reference", 74, "/dev/null"),
    Mistake("explain PICTURES -m MODEL -o /proc/x/y --device reference", 74, "/proc/x/y"),
    Mistake("--bogus", 64, "--bogus: no such flag"),
    Mistake("--versoin", 64, "--versoin: no such flag; did you mean --version?"),
    Mistake("methods grad-cma", 64, "grad-cma", "did you mean grad-cam?"),
    Mistake("methods grad-cam group-cam", 64, "group-cam", "one too many"),
    Mistake("layers", 64, "no MODEL"),
    Mistake("layers nothing.onnx", 66, "nothing.onnx: no such file"),
    Mistake("layers MODEL --model MODEL", 64, "twice"),
    Mistake("verify --op relou", 64, "--op relou", "did you mean relu?"),
    Mistake("verify --level fast", 64, "--level fast", "quick, full"),
    Mistake("verify --family tpu", 64, "--family tpu"),
    Mistake("verify --report x.txt", 64, "--report x.txt"),
    Mistake("verify --device reference", 64, "--device reference"),
    Mistake("verify --kernels nowhere --op relu", 66, "nowhere"),
    Mistake("devices --clear", 64, "--clear: no such flag; did you mean --clear-cache?"),
  ]

  @Test(arguments: mistakes)
  func everyMistakeIsOneLineWithItsCode(_ mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(mistake.arguments, in: folder.path)
    #expect(run.code == mistake.code, "\(run.errors)")
    #expect(run.output.isEmpty)
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count == 1, "\(run.errors)")
    #expect(run.errorLines.last == complaints.last)
    for part in mistake.parts { #expect(complaints.last?.contains(part) == true, "\(run.errors)") }
    #expect(try folder.files().isEmpty)
  }

  @Test(arguments: [
    ("--method", ""), ("--set", ""), ("--from", ""), ("--target", ""), ("--target", " "),
    ("--scores", "raw "),
  ])
  func aValueWhoseEndsAreBlankIsQuoted(_ flag: String, _ value: String) throws {
    let run = try Program.run(
      ["explain", Program.pictures, "-m", Program.model, "--device", "reference", flag, value])
    #expect(run.code == 64)
    #expect(
      run.errorLines.last?.hasPrefix("salient: \(flag) '\(value)': ") == true, "\(run.errors)")
  }

  @Test func salientAloneListsVerbsAndThreeCommands() throws {
    let run = try Program.run([])
    #expect(run.code == 0)
    #expect(run.errors.isEmpty)
    for verb in ["explain", "layers", "methods", "devices", "verify"] {
      #expect(run.lines.contains { $0.hasPrefix("  \(verb) ") })
    }
    #expect(run.lines.filter { $0.hasPrefix("  salient ") }.count == 3)
  }

  @Test(arguments: ["explain", "layers", "methods", "devices", "verify", "train", "finetune"])
  func helpOfAVerbLeadsWithTwoExamples(_ verb: String) throws {
    for words in [[verb, "--help"], ["help", verb]] {
      let run = try Program.run(words)
      #expect(run.code == 0)
      #expect(run.lines.first == "EXAMPLES:")
      #expect(run.lines.dropFirst().prefix(2).allSatisfy { $0.hasPrefix("  salient \(verb)") })
    }
  }

  @Test func helpSaysExitCodesAndOperators() throws {
    for words in [[], ["--help"]] {
      let run = try Program.run(words)
      for code in [0, 1, 2, 64, 65, 66, 69, 70, 74, 75, 130] {
        #expect(run.lines.contains { $0.drop { $0 == " " }.hasPrefix("\(code)  ") }, "\(code)")
      }
    }
    #expect(try Program.run(["layers", "--help"]).output.contains("LeakyRelu"))
  }

  @Test func blanksAroundCommasDoNotCount() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      [
        "explain", Program.pictures, "-m", Program.model, "--device", "reference", "--method",
        "group-cam , grad-cam", "--dry-run",
      ], in: folder.path)
    #expect(run.code == 0 && run.errors.contains("2 methods"), "\(run.errors)")
  }

  @Test func versionNamesTheLoader() throws {
    let run = try Program.run(["--version"])
    #expect(run.code == 0)
    #expect(run.output.hasPrefix("salient 0."))
    #expect(run.output.contains("OpenCL loader"))
  }

  @Test func methodsAndLayersSpeakJSON() throws {
    for words in [
      ["methods", "--json"], ["methods", "grad-cam", "--json"],
      ["layers", Program.model, "--json"],
    ] {
      let run = try Program.run(words)
      #expect(run.code == 0)
      _ = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    }
  }

  @Test func layersMarkTheAutomaticChoiceOnce() throws {
    let run = try Program.run(["layers", Program.model])
    #expect(run.code == 0)
    let marked = run.lines.filter { $0.hasPrefix("*") }
    #expect(marked.count == 1)
    #expect(marked.first?.contains("layer4.0") == true)
    #expect(marked.first?.contains("32x4x4") == true)
    #expect(marked.first?.contains("stride 8") == true)
  }
}
