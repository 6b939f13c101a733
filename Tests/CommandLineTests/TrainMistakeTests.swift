import Foundation
import Testing

/// What cannot be trained is said in one line, before anything is written.
@Suite struct TrainMistakeTests {
  /// Words that are right as they stand.
  private static let learn = "train photos --arch resnet18 --validation photos"

  static let mistakes = [
    Mistake("train", 64, "--arch", "is missing"),
    Mistake("train --arch resnet18", 64, "train: no DATA"),
    Mistake("train nowhere --arch resnet18", 66, "nowhere: no such folder"),
    Mistake("train photos --arch resnet81", 64, "--arch resnet81", "did you mean resnet18?"),
    Mistake("train photos --arch resnet18 --size 8", 65, "pictures of 8x8", "from 32"),
    Mistake("train empty --arch resnet18", 65, "empty/b: an empty class"),
    Mistake("train photos/a --arch resnet18", 65, "no class folders"),
    Mistake("train photos --arch resnet18 --epochs 0", 64, "--epochs 0"),
    Mistake("train photos --arch resnet18 --lr fast", 64, "--lr fast", "is no number"),
    Mistake("train photos --arch resnet18 --lr nan", 64, "--lr nan"),
    Mistake("train photos --arch resnet18 --schedule step:15", 64, "step:15", "step:15:0.1"),
    Mistake("train photos --arch resnet18 --warmup some", 64, "--warmup some"),
    Mistake("train photos --arch resnet18 --optimizer sdg", 64, "did you mean sgd?"),
    Mistake("train photos --arch resnet18 --validation 1.5", 64, "--validation 1.5"),
    Mistake("train photos --arch resnet18 --validation none", 66, "none: no such folder"),
    Mistake("train photos --arch resnet18 --validation others", 65, "class c is none of the 2"),
    Mistake("train photos --arch resnet18 --clip 0", 64, "--clip 0"),
    Mistake("train photos --arch resnet18 --warmup 5 --epochs 5", 64, "--warmup 5", "--epochs 5"),
    Mistake("train photos --arch resnet18 --optimizer adamw --momentum 0.9", 64, "adamw has none"),
    Mistake("\(learn) --freeze layre1", 64, "--freeze layre1", "layer1"),
    Mistake("\(learn) --freeze layre1 --dry-run", 64, "--freeze layre1"),
    Mistake("\(learn) --freeze *", 64, "every layer is frozen"),
    Mistake("\(learn) --freeze *.running_mean", 64, "only statistics"),
    Mistake(
      "\(learn) --size 32 --augment group-cam:blur-size=101", 64, "--augment",
      "a blur of 101 pixels"),
    Mistake("\(learn) --size 32 --batch-size 1", 64, "--batch-size 1", "--batch-size 2"),
    Mistake("\(learn) --accumulate 0", 64, "--accumulate 0"),
    Mistake(
      "\(learn) --accumulate 2 --sync-batch-norm", 64, "--sync-batch-norm", "--accumulate 2"),
    Mistake("\(learn) --probe nowhere", 66, "nowhere: no such folder"),
    Mistake("\(learn) --probe others", 65, "class c is none of the 2"),
    Mistake("\(learn) --probe empty/b", 65, "no readable PNG or JPEG"),
    Mistake("train photos --arch resnet18 --from maps.json", 64, "is of salient explain"),
    Mistake("train photos --arch resnet18 --augment grup-cam", 64, "did you mean group-cam?"),
    Mistake("train photos --arch resnet18 --augment group-cam:often=1", 64, "often"),
    Mistake("train photos --arch resnet18 --preset torchray", 64, "torchray", "size"),
    Mistake("train photos --arch resnet18 --recipe keras-blog", 64, "group-cam-paper"),
    Mistake("train photos --arch resnet18 --resume --overwrite", 64, "contradict"),
    Mistake("train photos --arch resnet18 --modle x", 64, "--modle: no such flag"),
    Mistake("\(learn) --crop-scale 1", 64, "--crop-scale 1", "0.5,1"),
    Mistake("\(learn) --crop-scale 0.9,0.2", 64, "--crop-scale 0.9,0.2"),
    Mistake("\(learn) --crop-ratio 0,1", 64, "--crop-ratio 0,1", "0.75,1.3333"),
    Mistake("\(learn) --crop-keeps object", 64, "--crop-keeps object", "a data set with boxes"),
    Mistake("\(learn) --crop-keeps all", 64, "--crop-keeps all"),
    Mistake("\(learn) --flip 2", 64, "--flip 2"),
    Mistake("\(learn) --color-jitter 0.4,much", 64, "--color-jitter 0.4,much"),
    Mistake("\(learn) --color-jitter 0,0,0,0.6", 64, "HUE up to 0.5"),
    Mistake("\(learn) --permute-channels nan", 64, "--permute-channels nan"),
    Mistake("\(learn) --random-crop some", 64, "--random-crop some", "96:5"),
    Mistake("\(learn) --random-crop 64:9 --epochs 4", 64, "--random-crop 64:9", "4 epochs"),
    Mistake("\(learn) --random-crop 300", 64, "--random-crop 300x300", "larger than the images"),
    Mistake("\(learn) --random-crop 16", 65, "pictures of 16x16", "from 32"),
    Mistake("\(learn) --random-crop 32", 64, "--random-crop", "one number a channel"),
    Mistake(
      "\(learn) --random-crop 96 --augment group-cam", 64, "--random-crop", "--augment none"),
    Mistake("finetune photos", 64, "--model", "is missing"),
    Mistake("finetune photos --model nothing.safetensors", 66, "nothing.safetensors"),
    Mistake("finetune photos --model MODEL", 65, "ONNX is a graph", "safetensors.torch.save_file"),
    Mistake("finetune photos --model old.pth", 65, "PyTorch weights", "torch.load"),
    Mistake(
      "finetune photos --model maps.json", 65, "maps.json: holds no weights",
      "safetensors.torch.save_file"),
    Mistake(
      "finetune photos --model other.safetensors", 65, "of no architecture that can be trained",
      "resnet18"),
    Mistake("finetune photos --model scenes --head keep", 64, "the model has 12 classes"),
    Mistake("finetune photos --model scenes --head maybe", 64, "--head maybe", "keep, new"),
  ]

  @Test(arguments: mistakes)
  func everyMistakeIsOneLineWithItsCode(_ mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    for name in ["photos/a", "photos/b", "others/a", "others/c", "empty/a"] {
      try folder.write(try Pictures.png(40, 36), to: "\(name)/1.png")
      try folder.write(try Pictures.png(40, 36, seed: 1), to: "\(name)/2.png")
    }
    try folder.write([1], to: "empty/b/notes.txt")
    try folder.write([0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20], to: "old.pth")
    let record = #"{"command": ["salient", "explain"], "flags": {"batch-size": "1"}}"#
    try folder.write(Array(record.utf8), to: "maps.json")
    let header = Array(#"{"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}"#.utf8)
    let size = [UInt8(header.count)] + Array(repeating: 0, count: 7)
    try folder.write(size + header + [0], to: "other.safetensors")
    let before = try Self.everything(in: folder)
    let run = try Program.run(mistake.arguments, in: folder.path)
    #expect(run.code == mistake.code, "\(run.errors)")
    #expect(run.output.isEmpty)
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count == 1, "\(run.errors)")
    for part in mistake.parts { #expect(complaints.last?.contains(part) == true, "\(run.errors)") }
    #expect(try Self.everything(in: folder) == before)
  }

  /// Files and folders.
  private static func everything(in folder: TemporaryFolder) throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: folder.path))
  }

  @Test("a loss that is not finite is named, and what to try")
  func anInfiniteLossIsNamed() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      for number in 0..<6 {
        try folder.write(
          try Pictures.png(40, 36, seed: number), to: "photos/\(name)/\(number).png")
      }
    }
    let run = try Program.run(
      [
        "train", "photos", "--arch", "salient-scenes", "--size", "32", "--batch-size", "4",
        "--lr", "1000", "--warmup", "0", "--schedule", "constant", "--momentum", "0.99",
        "--epochs", "40", "--validation", "photos", "-o", "run",
      ], in: folder.path)
    #expect(run.code == 65, "\(run.errors)")
    let line = try #require(run.errorLines.last)
    #expect(line.contains("loss is not finite") && line.contains("--lr"))
    #expect(line.contains("--overwrite or another -o"))
  }
}
