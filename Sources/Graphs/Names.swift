/// The name of a tensor or module that can be tapped, as the model states it (`layer4.2`).
public struct LayerName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name as written.
  public let text: String

  /// A name.
  public init(_ text: String) {
    self.text = text
  }

  /// A name written as a literal.
  public init(stringLiteral value: String) {
    self.text = value
  }

  /// The image itself, as a network without a tensor of that name knows it.
  public static let input: LayerName = "input"

  /// The name as written.
  public var description: String { text }
}

/// The name of a weight tensor, as the model file states it (`layer1.0.conv1.weight`).
public struct ParameterName: Hashable, Sendable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The name as written.
  public let text: String

  /// A name.
  public init(_ text: String) {
    self.text = text
  }

  /// A name written as a literal.
  public init(stringLiteral value: String) {
    self.text = value
  }

  /// The name as written.
  public var description: String { text }
}

/// What the leading axis of a value counts, where that number is only known when the graph runs.
///
/// A graph is made once and run with any number of rows. Values of one axis have the same number
/// of rows in a run; values of different axes meet only in operators that say how (`gather_rows`).
public struct RowAxis: Hashable, Sendable, CustomStringConvertible {
  /// The name of the axis.
  public let name: String

  /// An axis of one's own.
  public init(_ name: String) {
    self.name = name
  }

  /// The batch that a network works on.
  public static let rows = RowAxis("rows")
  /// Pictures that several rows refer to.
  public static let images = RowAxis("images")
  /// Sets of masks that several rows refer to.
  public static let fields = RowAxis("fields")
  /// Places of a table that is filled run by run.
  public static let cells = RowAxis("cells")

  /// The name of the axis.
  public var description: String { name }
}
