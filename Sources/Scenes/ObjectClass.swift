/// The kinds of objects that scenes show, in the order of their labels.
///
/// The class decides the shape and nothing else.
public enum ObjectClass: String, Sendable, Hashable, CaseIterable {
  /// A person in a space suit.
  case astronaut
  /// A car from the side.
  case car
  /// The face of a cat.
  case cat
  /// A cup with a handle.
  case cup
  /// A fish from the side.
  case fish
  /// A house with a roof and a door.
  case house
  /// A key with a ring and teeth.
  case key
  /// A lamp with a shade and a foot.
  case lamp
  /// A rocket with fins.
  case rocket
  /// A pair of scissors.
  case scissors
  /// A tree with a trunk.
  case tree
  /// An open umbrella.
  case umbrella

  /// The number of the class: its place in `allCases`.
  public var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Draws one of the class; the stream decides the details.
  func drawing(_ random: inout RandomStream) -> Drawing {
    switch self {
    case .astronaut: Astronaut.drawing(&random)
    case .car: Car.drawing(&random)
    case .cat: Cat.drawing(&random)
    case .cup: Cup.drawing(&random)
    case .fish: Fish.drawing(&random)
    case .house: House.drawing(&random)
    case .key: Key.drawing(&random)
    case .lamp: Lamp.drawing(&random)
    case .rocket: Rocket.drawing(&random)
    case .scissors: Scissors.drawing(&random)
    case .tree: Tree.drawing(&random)
    case .umbrella: Umbrella.drawing(&random)
    }
  }
}
