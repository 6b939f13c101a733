import OpenCLRuntime
import Tensors

extension Plan {
  /// Lets the inputs of a `view` lie where its output has them, so that nothing is copied.
  ///
  /// The output of the step is the host, each input a part of it: the channels of a blocked tensor
  /// are blocks behind each other, and the distance between two blocks does not depend on how many
  /// there are. An output that begins as a later, longer one does is itself a part of that, so the
  /// layers of a DenseNet write into one buffer.
  /// - Parameter alignment: what the byte where a part begins must be a multiple of.
  mutating func shareMemory(alignment: Int) {
    var hosts: [Int] = []
    for index in steps.indices.reversed() where steps[index].variant.isView {
      let step = steps[index]
      if case .slot = tensors[step.output].storage {
        if let host = hosts.first(where: { begins(steps[$0].inputs, with: step.inputs) }) {
          place(step.output, in: steps[host].output, at: 0)
        }
        hosts.append(index)
        placeInputs(of: index, alignment: alignment)
      }
    }
    steps.removeAll { $0.variant.isView && $0.sharedInputs.count == $0.inputs.count }
  }

  private func begins(_ inputs: [Int], with others: [Int]) -> Bool {
    inputs.count > others.count && inputs.starts(with: others)
  }

  private mutating func placeInputs(of index: Int, alignment: Int) {
    let step = steps[index]
    var offset = 0
    for (place, input) in step.inputs.enumerated() {
      defer { offset += floatCount(of: tensors[input]) }
      guard tensors[input].layout == .blocked, tensors[step.output].layout == .blocked,
        tensors[input].rows == tensors[step.output].rows
      else { continue }
      let (host, start) = home(of: step.output)
      switch tensors[input].storage {
      case .slot where (start + offset) * 4 % alignment == 0 && host != input:
        self.place(input, in: step.output, at: offset)
        steps[index].sharedInputs.insert(place)
      case .part(host, start + offset): steps[index].sharedInputs.insert(place)
      default: break
      }
    }
  }

  /// The tensor whose memory a tensor lies in, and where.
  func home(of tensor: Int) -> (host: Int, floats: Int) {
    guard case .part(let host, let floats) = tensors[tensor].storage else { return (tensor, 0) }
    return (host, floats)
  }

  /// The regions of the tensors that are parts, by tensor.
  func parts(of slots: [Buffer]) throws(OpenCLError) -> [Int: Buffer] {
    var parts: [Int: Buffer] = [:]
    for (index, tensor) in tensors.enumerated() {
      guard case .part(let host, let floats) = tensor.storage,
        case .slot(let slot) = tensors[host].storage
      else { continue }
      parts[index] = try slots[slot].region(
        offset: floats * 4, byteCount: max(floatCount(of: tensor), 1) * 4)
    }
    return parts
  }

  private mutating func place(_ tensor: Int, in host: Int, at floats: Int) {
    let (home, start) = home(of: host)
    let parts = tensors.indices.filter { self.home(of: $0).host == tensor }
    for part in parts {
      tensors[part].storage = .part(host: home, floats: start + floats + self.home(of: part).floats)
    }
  }
}
