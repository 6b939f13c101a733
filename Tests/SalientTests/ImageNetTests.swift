import Jobs
import Salient
import Testing

@Suite struct ImageNetTests {
  @Test func theNamesStandAtTheirIndices() {
    let labels = Labels.imageNet
    #expect(labels.names.count == 1000 && Set(labels.names).count == 1000)
    for (index, name) in [
      (0, "tench"), (207, "golden retriever"), (281, "tabby"), (282, "tiger cat"),
      (657, "missile"), (999, "toilet tissue"),
    ] {
      #expect(labels[index] == name)
    }
    #expect(labels.indices(named: "Tiger Cat") == [282])
    for (synset, index) in [("n01440764", 0), ("n02123045", 281), ("n15075141", 999)] {
      #expect(labels.indices(named: synset) == [index])
    }
  }

  @Test func aTypedWordFindsTheNearestName() throws {
    let context = TargetContext(outputCount: 1000, labels: .imageNet, scores: .softmax)
    let failure = try #require(throws: Failure.self) { try context.targets(["tabyb"]) }
    #expect(
      failure.description == "--target tabyb: none of 1000 labels; nearest: tabby (281)")
  }
}
