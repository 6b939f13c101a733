// swift-tools-version: 6.2
import PackageDescription

// Targets in dependency order. `Tests/TidyTests` holds the same list of allowed imports.
let package = Package(
  name: "salient",
  products: [
    .library(name: "Salient", targets: ["Salient"]),
    .executable(name: "salient", targets: ["salient-cli"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // MARK: - C: the OpenCL entry points, the kernels and assets as bytes, and the picture codecs
    .target(name: "COpenCL", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CKernels"),
    .target(name: "CAssets"),
    .target(
      name: "CImageCodecs", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),

    // MARK: - Graphs: what is computed
    .target(name: "Tensors"),
    .target(name: "Graphs", dependencies: ["Tensors"]),
    .target(name: "Operators", dependencies: ["Graphs"]),
    .target(name: "Execution", dependencies: ["Operators"]),
    .target(name: "OperatorCases", dependencies: ["Execution"]),

    // MARK: - Backends: how it is computed
    .target(name: "ReferenceBackend", dependencies: ["Execution"]),
    .target(name: "KernelLibrary", dependencies: ["CKernels"]),
    .target(name: "OpenCLRuntime", dependencies: ["KernelLibrary", "COpenCL"]),
    .target(name: "OpenCLBackend", dependencies: ["Execution", "OpenCLRuntime"]),

    // MARK: - Explanations: models in, maps out
    .target(name: "Assets", dependencies: ["CAssets"]),
    .target(name: "Models", dependencies: ["Operators", "Assets"]),
    .target(name: "Imaging", dependencies: ["Tensors", "CImageCodecs"]),
    .target(name: "Scenes", dependencies: ["Imaging", "Assets"]),
    .target(name: "Saliency", dependencies: ["Execution"]),
    .target(name: "Evaluation", dependencies: ["Saliency", "Imaging"]),
    .target(
      name: "Jobs",
      dependencies: ["Evaluation", "Models", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "Training", dependencies: ["Jobs"]),
    .target(
      name: "Reports",
      dependencies: ["Jobs", "Assets", .product(name: "Mustache", package: "swift-mustache")]),
    .target(
      name: "Salient",
      dependencies: [
        "Reports", "Training", "Scenes", "OperatorCases", "ReferenceBackend", "OpenCLBackend",
      ]),
    .executableTarget(
      name: "salient-cli",
      dependencies: [
        "Salient", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // MARK: - Tests
    .testTarget(name: "TidyTests"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(name: "GraphsTests", dependencies: ["ReferenceBackend"]),
    .testTarget(name: "OperatorsTests", dependencies: ["OperatorCases", "ReferenceBackend"]),
    .testTarget(
      name: "ReferenceBackendTests", dependencies: ["OperatorCases", "ReferenceBackend"]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "ReferenceBackend"]),
    .testTarget(name: "ImagingTests", dependencies: ["Imaging"]),
    .testTarget(name: "ScenesTests", dependencies: ["Scenes"]),
    .testTarget(name: "SaliencyTests", dependencies: ["Saliency", "ReferenceBackend"]),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "ReferenceBackend"]),
    .testTarget(
      name: "OpenCLBackendTests", dependencies: ["OpenCLBackend", "ReferenceBackend"]),
    .testTarget(name: "KernelLibraryTests", dependencies: ["KernelLibrary"]),
    .testTarget(name: "OpenCLRuntimeTests", dependencies: ["OpenCLRuntime", "COpenCL"]),
    .testTarget(name: "JobsTests", dependencies: ["Jobs", "ReferenceBackend"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "ReferenceBackend", "OpenCLBackend"]),
    .testTarget(name: "SalientTests", dependencies: ["Salient"]),
    .testTarget(name: "CommandLineTests", dependencies: ["salient-cli"]),
    .testTarget(name: "ConformanceTests", dependencies: ["Salient"]),
  ],
  swiftLanguageModes: [.v6]
)
