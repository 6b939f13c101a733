import Graphs
import Tensors

extension Ones: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/ones.cl", "ones")
    return [
      Variant("definition", inputs: [.any]) { scope in
        let y = scope.output.argumentOrRow
        return [KernelCall(kernel, [.output], y, y.walk)]
      }
    ]
  }
}
