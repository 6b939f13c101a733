import Saliency

extension EvaluationProtocol {
  /// Every protocol.
  public static let all: [EvaluationProtocol] = [paper, groupCAM, rise]

  /// Group-CAM's paper, section 4.2.
  static let paper = EvaluationProtocol(
    "paper",
    "the text of Group-CAM: steps of 1 % of the pixels, deletion to a strongly blurred image",
    settings: [PixelCurves.family: ["step": "paper", "del": "blur", "ins": "blur"]],
    preset: "imagenet", scores: .softmax)

  /// Group-CAM's repository, and a run of it by others.
  static let groupCAM = EvaluationProtocol(
    "group-cam",
    "the code of Group-CAM: steps of 448 pixels, deletion to zeros, insertion into a wide blur",
    settings: [PixelCurves.family: ["step": "448", "del": "zero", "ins": "blur"]],
    preset: "imagenet", scores: .softmax,
    figures: [
      ("grad-cam", 0.0790, 0.5167), ("grad-cam++", 0.0861, 0.5230),
      ("xgrad-cam", 0.0791, 0.5107), ("score-cam", 0.0826, 0.5375),
      ("group-cam", 0.0798, 0.5325), ("ablation-cam", 0.0775, 0.5407),
    ].flatMap { method, deletion, insertion in
      curves(
        method, deletion, insertion, of: "VGG-19, 100 validation images of ImageNet",
        source: "README of Xplain-CAM")
    })

  /// RISE's repository as its table was made.
  static let rise = EvaluationProtocol(
    "rise",
    "the code of RISE: squashed to 224, steps of 1792 pixels, deletion to zeros, insertion into a"
      + " blur of 11 pixels",
    settings: [PixelCurves.family: ["step": "1792", "del": "zero", "ins": "blur-rise"]],
    preset: "squash224", scores: .softmax,
    figures: [
      ("rise", 0.1076, 0.7267), ("grad-cam", 0.1232, 0.6766), ("occlusion", 0.1421, 0.6618),
    ].flatMap { method, deletion, insertion in
      curves(
        method, deletion, insertion, of: "ResNet-50, validation images of ImageNet",
        source: "Petsiuk, Das, Saenko 2018, as quoted in a public reading note")
    })

  private static func curves(
    _ method: String, _ deletion: Double, _ insertion: Double, of: String, source: String
  ) -> [Figure] {
    [
      Figure(method, "deletion", deletion, of: of, source: source),
      Figure(method, "insertion", insertion, of: of, source: source),
    ]
  }
}
