import Saliency

extension EvaluationProtocol {
  /// Every protocol.
  public static let all: [EvaluationProtocol] = [
    paper, groupCAM, rise, torchRay, gradCAM,
  ]

  /// Group-CAM's paper, section 4.2.
  static let paper = EvaluationProtocol(
    "paper",
    "the text of Group-CAM: steps of 1 % of the pixels, deletion to a strongly blurred image",
    settings: [
      PixelCurves.family: ["step": "paper", "del": "blur", "ins": "blur"],
      Pointing.family: ["preset": "groupcam"],
    ],
    preset: "imagenet", scores: .softmax)

  /// Group-CAM's repository, and a run of it by others.
  static let groupCAM = EvaluationProtocol(
    "group-cam",
    "the code of Group-CAM: steps of 448 pixels, deletion to zeros, insertion into a wide blur",
    settings: [
      PixelCurves.family: ["step": "448", "del": "zero", "ins": "blur"],
      Pointing.family: ["preset": "groupcam"],
    ],
    preset: "imagenet", scores: .softmax,
    figures: [
      ("grad-cam", 0.0790, 0.5167, 29.22, 20), ("grad-cam++", 0.0861, 0.5230, 28.97, 18),
      ("xgrad-cam", 0.0791, 0.5107, 37.09, 14), ("score-cam", 0.0826, 0.5375, 28.26, 18),
      ("group-cam", 0.0798, 0.5325, 28.12, 16), ("ablation-cam", 0.0775, 0.5407, 33.19, 17),
    ].flatMap { method, deletion, insertion, drop, increase in
      // The source states shares; drops and increases are percent here.
      [
        ("deletion", deletion), ("insertion", insertion), ("average-drop", drop),
        ("increase", increase),
      ].map { metric, value in
        Figure(
          method, metric, value, of: "VGG-19, 100 validation images of ImageNet",
          source: "README of Xplain-CAM")
      }
    })

  /// RISE's repository as its table was made.
  static let rise = EvaluationProtocol(
    "rise",
    "the code of RISE: squashed to 224, steps of 1792 pixels, deletion to zeros, insertion into a"
      + " blur of 11 pixels",
    settings: [PixelCurves.family: ["step": "1792", "del": "zero", "ins": "blur-rise"]],
    preset: "squash224", scores: .softmax, metrics: ["insertion", "deletion"],
    figures: [
      ("rise", 0.1076, 0.7267), ("grad-cam", 0.1232, 0.6766), ("occlusion", 0.1421, 0.6618),
    ].flatMap { method, deletion, insertion in
      [("deletion", deletion), ("insertion", insertion)].map { metric, value in
        Figure(
          method, metric, value, of: "ResNet-50, validation images of ImageNet",
          source: "Petsiuk, Das, Saenko 2018, as quoted in a public reading note")
      }
    })

  /// TorchRay's pointing game.
  static let torchRay = EvaluationProtocol(
    "torchray",
    "the pointing game of TorchRay: 15 pixels, masks where there are such, the mean over all"
      + " classes, maps of gradients smoothed",
    settings: [
      Pointing.family: [
        "tol": "15", "region": "auto", "subset": "all", "classes": "all", "smooth": "0.02",
      ]
    ],
    preset: "torchray", metrics: ["pointing"],
    missing: [
      "networks are not made fully convolutional, and the logit is explained in place of exp(z)"
        + " normalised over positions",
      "its layers are features.29 of VGG-16 and layer4 of ResNet-50: name them with --layer",
    ],
    figures: [
      ("centre", 0.696), ("gradient", 0.723), ("deconvnet", 0.686), ("guided-backprop", 0.772),
      ("rise", 0.864), ("grad-cam", 0.904),
    ].map { method, value in
      Figure(method, "pointing", value, of: "ResNet-50, test set of VOC 2007", source: "TorchRay")
    })

  /// Grad-CAM's localisation.
  static let gradCAM = EvaluationProtocol(
    "grad-cam",
    "localisation of Grad-CAM: squashed to 224, 15 % of the maximum, the error of the first class",
    settings: [Localisation.family: ["threshold": "0.15", "conn": "8", "iou": "0.5", "top": "1"]],
    preset: "squash224", metrics: ["localisation"],
    figures: [("grad-cam", 0.5651), ("cam", 0.5720)].map { method, value in
      Figure(
        method, "localisation", value, of: "VGG-16, validation images of ILSVRC-15",
        source: "Selvaraju and others 2017, as quoted in two public reading notes")
    })
}
