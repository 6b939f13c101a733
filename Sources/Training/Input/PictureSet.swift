import Imaging
import Jobs

/// Pictures and their classes: what a network learns from, or is judged by.
public struct PictureSet: Sendable, Hashable {
  /// A picture and its class.
  public struct Sample: Sendable, Hashable {
    /// Its path inside the set.
    public let name: String
    /// The file; only its first bytes have been read.
    public let picture: PictureSource
    /// Its class, an index into the names.
    public var label: Int
    /// Where the object is that tells its class; nil where nobody says.
    public var object: StatedObject?
  }

  /// Where the set is.
  public let path: String
  /// The classes in the order of their indices; at least two.
  public internal(set) var classNames: [String]
  /// The pictures in the order of their names, or of the data set's file.
  public internal(set) var samples: [Sample] = []
  /// Whether somebody tells the classes of the pictures; else all are of the first.
  public internal(set) var isLabelled = true
  /// The files that are no pictures, whatever their names say.
  public internal(set) var unreadable: [Failure] = []
  /// The pictures of a data set in which no object is marked; they are passed over.
  public internal(set) var unlabelledCount = 0
  /// The number of files of other kinds, by extension (`.webp`, empty for none); they are passed over.
  public internal(set) var passedOver: [String: Int] = [:]

  init(path: String, classNames: [String]) {
    self.path = path
    self.classNames = classNames
  }

  /// The number of pictures of each class.
  public var counts: [Int] {
    samples.reduce(into: [Int](repeating: 0, count: classNames.count)) { $0[$1.label] += 1 }
  }
}
