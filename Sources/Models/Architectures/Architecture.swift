import Graphs
import Tensors

/// The architectures that are known as code, by torchvision's names.
public enum Architecture: String, Sendable, CaseIterable {
  /// The network of the bundled models.
  case scenes = "salient-scenes"
  /// 18 layers of 3x3 convolutions.
  case resNet18 = "resnet18"
  /// 34 layers of 3x3 convolutions.
  case resNet34 = "resnet34"
  /// 50 layers, with bottlenecks.
  case resNet50 = "resnet50"
  /// 11 layers without shortcuts.
  case vgg11BN = "vgg11_bn"
  /// 16 layers without shortcuts.
  case vgg16BN = "vgg16_bn"
  /// Convolutions one filter a channel.
  case mobileNetV2 = "mobilenet_v2"
  /// Layers that read all layers before them.
  case denseNet121 = "densenet121"

  /// The modules.
  package var plan: any NetworkPlan {
    switch self {
    case .scenes: ScenesNetwork()
    case .resNet18: ResNet(blocks: [2, 2, 2, 2])
    case .resNet34: ResNet(blocks: [3, 4, 6, 3])
    case .resNet50: ResNet(blocks: [3, 4, 6, 3], hasBottlenecks: true)
    case .vgg11BN: VGG(convolutions: [1, 1, 2, 2, 2])
    case .vgg16BN: VGG(convolutions: [2, 2, 3, 3, 3])
    case .mobileNetV2: MobileNetV2()
    case .denseNet121: DenseNet(layers: [6, 12, 24, 16])
    }
  }

  /// The last layer, `fc`, which is new where the classes are.
  public var head: String { plan.head }

  /// Height and width of the pictures where nothing else is said.
  public var side: Int { self == .scenes ? 128 : 224 }

  /// The smallest pictures that leave a place at every layer.
  var sideMinimum: Int { self == .scenes ? 16 : 32 }

  /// The network as a graph, and the parameters that it needs.
  /// - Parameters:
  ///   - classCount: the number of classes, at least 1.
  ///   - size: height and width of the pictures, up to 16384; by default `side` both.
  /// - Returns: the blueprint.
  /// - Throws: `ModelError.unsupported` where pictures of that size are too small or too large.
  public func blueprint(
    classCount: Int, size: (height: Int, width: Int)? = nil
  ) throws(ModelError) -> Blueprint {
    try blueprint(plan, classCount: classCount, size: size)
  }

  /// The network with modules of other widths.
  package func blueprint(
    _ plan: some NetworkPlan, classCount: Int, size: (height: Int, width: Int)?
  ) throws(ModelError) -> Blueprint {
    let (height, width) = size ?? (side, side)
    let limits = sideMinimum...16_384
    guard limits ~= height, limits ~= width else {
      throw .unsupported(
        file: rawValue, problem: "pictures of \(height)x\(width)",
        remedy: "give a size from \(limits.lowerBound) to \(limits.upperBound)")
    }
    var modules = ModuleGraph(plan.scheme)
    do throws(GraphError) {
      let image = modules.image(height: height, width: width)
      let logits = try plan.logits(image, classCount: classCount, in: &modules)
      let (parameters, dropouts) = (modules.parameters, modules.dropouts)
      return Blueprint(
        architecture: self, graph: try modules.finish(logits), parameters: parameters,
        dropouts: dropouts)
    } catch {
      throw .unsupported(
        file: rawValue, problem: "\(error)", remedy: "give pictures of \(side)x\(side)")
    }
  }
}
