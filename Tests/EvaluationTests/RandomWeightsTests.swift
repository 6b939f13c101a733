import Evaluation
import Graphs
import Operators
import Tensors
import Testing

@Suite("Weights that are drawn anew")
struct RandomWeightsTests {
  /// A grouped convolution, batch normalisation, a layer that shares its weights with another, and
  /// a linear layer.
  private func network() throws -> Graph {
    var builder = GraphBuilder()
    let image = builder.input("x", [1, 4, 8, 8])
    let grouped = try builder.add(
      Conv2D(window: Window(padding: 1), groups: 2),
      [
        image, builder.parameter("grouped.weight", [4, 2, 3, 3]),
        builder.parameter("grouped.bias", [4]),
      ])
    let statistics = ["scale", "shift", "mean", "variance"].map {
      builder.parameter(ParameterName("bn.\($0)"), [4])
    }
    let normal = try builder.add(BatchNorm(epsilon: 1e-5), [grouped] + statistics)
    let shared = builder.parameter("shared.weight", [4, 4, 1, 1])
    let first = try builder.add(Conv2D(window: Window()), [normal, shared])
    let second = try builder.add(Conv2D(window: Window()), [first, shared])
    let pooled = try builder.add(Reshape([1, 4]), [builder.add(GlobalAveragePool(), [second])])
    let head = try builder.add(
      Linear(),
      [pooled, builder.parameter("head.weight", [3, 4]), builder.parameter("head.bias", [3])])
    return try builder.finish(outputs: [head])
  }

  @Test("layers go from the image to the outputs, each weight once, with its fan-in")
  func layers() throws {
    let layers = RandomWeights(try network()).layers
    #expect(
      layers.map { $0.weights.map(\.name.text) } == [
        ["grouped.weight", "grouped.bias", "bn.scale", "bn.shift"], ["shared.weight"],
        ["head.weight", "head.bias"],
      ])
    // A grouped convolution reads the channels of its group alone: 2 * 3 * 3.
    #expect(layers.map(\.fanIn) == [18, 4, 4])
    #expect(layers.map(\.isConvolution) == [true, true, false])
    #expect(
      layers[0].weights.map(\.kind) == [.drawn, .drawn, .filled(1), .filled(0)])
  }

  @Test("numbers are those of Philox, below the bound, and no two layers are alike")
  func numbers() throws {
    let weights = RandomWeights(try network())
    var all: [[Float]] = []
    for place in weights.layers.indices {
      let layer = weights.layers[place]
      let drawn = weights.drawn(place, seed: 5)
      #expect(Set(drawn.keys) == Set(layer.weights.map(\.name)))
      #expect(!drawn.keys.contains("bn.mean") && !drawn.keys.contains("bn.variance"))
      let philox = Philox(seed: 5 &+ UInt64(place) &* 0x9e37_79b9_7f4a_7c15)
      let bound = 1 / Double(layer.fanIn).squareRoot()
      var element: UInt64 = 0
      for weight in layer.weights {
        let tensor = try #require(drawn[weight.name])
        #expect(tensor.shape == weight.shape)
        if case .filled(let value) = weight.kind {
          #expect(tensor.elements.allSatisfy { $0 == value })
          continue
        }
        for value in tensor.elements {
          let share = Double(philox.word(element, stream: .weights) >> 8) * 0x1p-24
          #expect(value == Float((2 * share - 1) * bound))
          #expect(abs(Double(value)) <= bound)
          element += 1
        }
        #expect(Set(tensor.elements).count == tensor.elements.count)
      }
      all.append(
        drawn[layer.weights[0].name].map { $0.elements.prefix(4).map { $0 * Float(bound) } } ?? [])
      #expect(weights.drawn(place, seed: 5) == drawn && weights.drawn(place, seed: 6) != drawn)
    }
    #expect(Set(all).count == 3)
  }
}
