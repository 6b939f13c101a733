import Tensors

extension Plan {
  /// Lays the plan's own tensors into slots: one that nobody reads any more serves the next.
  ///
  /// Each tensor takes the free slot that fits best, or the largest one, which then grows.
  /// - Parameter reusesSlots: false gives every tensor memory of its own, so that checks see
  ///   what each step wrote.
  mutating func assignMemory(reusesSlots: Bool) {
    let lastUses = lastUses()
    var free: [Int] = []
    for index in steps.indices {
      let output = home(of: steps[index].output).host
      if case .slot(-1) = tensors[output].storage {
        tensors[output].storage = .slot(takeSlot(floatCount(of: tensors[output]), from: &free))
      }
      steps[index].scratch = steps[index].variant.scratch.map { takeSlot($0, from: &free) }
      guard reusesSlots else { continue }
      free += steps[index].scratch
      let touched = Set(tensors(of: steps[index]).map { home(of: $0).host })
      for tensor in touched.sorted() where lastUses[tensor] == index {
        if case .slot(let slot) = tensors[tensor].storage { free.append(slot) }
      }
    }
  }

  /// The floats of the buffer of a tensor of the plan's own.
  func floatCount(of tensor: Tensor) -> Int {
    tensor.layout.floatCount(of: tensor.shape, capacity: capacity(of: tensor))
  }

  /// For each tensor, the last step that touches it or a part of it.
  private func lastUses() -> [Int] {
    var lastUses = [Int](repeating: -1, count: tensors.count)
    for (index, step) in steps.enumerated() {
      for tensor in tensors(of: step) { lastUses[home(of: tensor).host] = index }
    }
    return lastUses
  }

  private func tensors(of step: Step) -> [Int] {
    step.sources + [step.output]
  }

  private mutating func takeSlot(_ floats: Int, from free: inout [Int]) -> Int {
    let fitting = free.filter { slots[$0] >= floats }.min { slots[$0] < slots[$1] }
    guard let slot = fitting ?? free.max(by: { slots[$0] < slots[$1] }) else {
      slots.append(floats)
      return slots.count - 1
    }
    slots[slot] = max(slots[slot], floats)
    free.removeAll { $0 == slot }
    return slot
  }
}
