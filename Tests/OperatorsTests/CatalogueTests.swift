import Graphs
import OperatorCases
import Operators
import Testing

@Suite("Operators and cases are complete")
struct CatalogueTests {
  @Test("names are sorted and each is there once")
  func namesAreSorted() {
    let names = OperatorCatalogue.names
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
    #expect(names.count == 68)
  }

  @Test("every operator has cases of one, two and five rows")
  func everyOperatorHasCases() {
    for name in OperatorCatalogue.names {
      let cases = OperatorCaseCatalogue.cases(of: name)
      #expect(cases.count >= 4, "\(name)")
      let rows = Set(cases.compactMap { $0.rows[.rows] })
      #expect(rows.isSuperset(of: [1, 2, 5]), "\(name): \(rows)")
    }
    #expect(OperatorCaseCatalogue.all.count >= 813)
  }

  @Test("the names of cases are unique")
  func namesOfCasesAreUnique() {
    let names = OperatorCaseCatalogue.all.map(\.name)
    let twice = Dictionary(grouping: names, by: \.self).filter { $1.count > 1 }.keys
    #expect(twice.isEmpty, "\(twice.sorted())")
  }

  @Test("cases are small", arguments: OperatorCaseCatalogue.all)
  func casesAreSmall(operatorCase: OperatorCase) {
    var operations = 0
    for node in operatorCase.graph.nodes {
      guard let operation = node.operation else { continue }
      let shapes = node.inputs.map { value in
        let node = operatorCase.graph[value]
        return node.rows.flatMap { operatorCase.rows[$0] }.map(node.shape.withRows) ?? node.shape
      }
      operations += operation.cost(shapes).floatingPointOperations
    }
    #expect(
      operations <= 5_000_000, "two and a half million products: a tile of a GPU and one more")
    // A pattern of the planner may take several operators to be one.
    let most = operatorCase.family == .fused ? 8 : 4
    #expect(operatorCase.graph.nodes.count { $0.operation != nil } <= most)
  }

  @Test("values are the same every time")
  func valuesAreDeterministic() throws {
    let operatorCase = try #require(
      OperatorCaseCatalogue.all.first { $0.name == "conv2d: 1x1, 17 to 33 channels, with bias" })
    #expect(operatorCase.inputs == operatorCase.inputs)
    #expect(operatorCase.inputs[0].elements.prefix(3) == [-1.0782149, -1.4751248, 0.99420667])
    #expect(operatorCase.weights["w"]?.elements.prefix(3) == [-0.49513292, 0.676491, 0.27752137])
  }
}
