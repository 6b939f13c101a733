/// The letters of Latin-1 beyond ASCII, and those of ASCII that reach below the line.
///
/// Most are a letter and an accent, written here as such; the rest is drawn.
enum LatinLetters {
  /// U+00C0 to U+00DF, two characters each: the letter and its accent, blanks where there is none.
  ///
  /// Small letters follow 32 places later; the last pair is theirs alone.
  private static let pairs: [Character] = Array(
    #"A`A'A^A~A"Ao  C,E`E'E^E"I`I'I^I"  N~O`O'O^O~O"    U`U'U^U"Y'  Y""#)

  /// The letter without its accent, and the columns of the accent; nil where a letter has none.
  static func parts(
    of letter: Unicode.Scalar
  ) -> (base: Unicode.Scalar, accent: [UInt16])? {
    guard (0xC0...0xFF).contains(letter.value), letter != "\u{DF}" else { return nil }
    let isSmall = letter.value >= 0xE0
    let place = 2 * (Int(letter.value) & 0x1F)
    guard let capital = pairs[place].unicodeScalars.first, let mark = accents[pairs[place + 1]]
    else { return nil }
    let base = isSmall ? Unicode.Scalar(UInt8(capital.value) + 32) : capital
    let isBelow = pairs[place + 1] == ","
    // The ring is three pixels high and stands close above a capital.
    let lift: UInt16 = isSmall || isBelow ? 0 : pairs[place + 1] == "o" ? 1 : 2
    return (base == "i" ? "\u{131}" : base, mark.map { $0 >> lift })
  }

  /// The columns of accents above a small letter; the lowest bit is 3 pixels above the upper edge.
  private static let accents: [Character: [UInt16]] = [
    "`": [0x00, 0x04, 0x08, 0x00, 0x00],
    "'": [0x00, 0x00, 0x08, 0x04, 0x00],
    "^": [0x00, 0x08, 0x04, 0x08, 0x00],
    "~": [0x08, 0x04, 0x08, 0x04, 0x00],
    "\"": [0x00, 0x08, 0x00, 0x08, 0x00],
    "o": [0x00, 0x04, 0x0A, 0x04, 0x00],
    ",": [0x00, 0x800, 0x400, 0x00, 0x00],
  ]

  /// The columns of letters that are drawn; the lowest bit is the upper edge, bit 8 the lowest end.
  static let drawn: [Unicode.Scalar: [UInt16]] = [
    "g": [0x38, 0x144, 0x144, 0x144, 0xFC],
    "j": [0x00, 0x80, 0x104, 0xFD, 0x00],
    "p": [0x1FC, 0x44, 0x44, 0x44, 0x38],
    "q": [0x38, 0x44, 0x44, 0x44, 0x1FC],
    "y": [0x3C, 0x140, 0x140, 0x140, 0xFC],
    "\u{131}": [0x00, 0x44, 0x7C, 0x40, 0x00],
    "\u{C6}": [0x7E, 0x09, 0x7F, 0x49, 0x49],
    "\u{E6}": [0x24, 0x54, 0x7C, 0x54, 0x58],
    "\u{D0}": [0x7F, 0x49, 0x49, 0x22, 0x1C],
    "\u{F0}": [0x30, 0x4A, 0x49, 0x4D, 0x3E],
    "\u{D7}": [0x00, 0x28, 0x10, 0x28, 0x00],
    "\u{F7}": [0x08, 0x08, 0x2A, 0x08, 0x08],
    "\u{D8}": [0x5E, 0x31, 0x49, 0x46, 0x3D],
    "\u{F8}": [0x58, 0x24, 0x54, 0x48, 0x34],
    "\u{DE}": [0x7F, 0x22, 0x22, 0x22, 0x1C],
    "\u{FE}": [0x1FF, 0x44, 0x44, 0x44, 0x38],
    "\u{DF}": [0x7E, 0x01, 0x49, 0x49, 0x36],
    "\u{B0}": [0x00, 0x02, 0x05, 0x02, 0x00],
    "\u{B5}": [0x1FC, 0x40, 0x40, 0x20, 0x7C],
    "\u{B7}": [0x00, 0x00, 0x08, 0x00, 0x00],
  ]
}
