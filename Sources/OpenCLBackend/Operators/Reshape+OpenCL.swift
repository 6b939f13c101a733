import Operators
import Tensors

extension Reshape: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/reshape.cl", "reshape")
    return [
      Variant("definition", inputs: [.any]) { scope in
        let arguments = CopyArguments(
          x: scope.inputs[0].argumentOrRow, y: scope.output.argumentOrRow)
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}
