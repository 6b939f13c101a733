import Jobs
import Tensors
import Testing

/// A generator that tells its seed in every failure that it leads to.
struct Generator: RandomNumberGenerator {
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ (state >> 29)) &* 0xbf58_476d_1ce4_e5b9
  }
}

@Suite struct NPYTests {
  static func header(_ text: String, version: UInt8 = 1) -> [UInt8] {
    let body = Array((text + "\n").utf8)
    let length = body.count
    let size: [UInt8] = [UInt8(length & 0xff), UInt8(length >> 8)] + (version == 1 ? [] : [0, 0])
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + body
  }

  static let plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4, 5), }"

  @Test(arguments: [1, 2, 3] as [UInt8])
  func everyVersionIsRead(_ version: UInt8) throws {
    let bytes = Self.header(Self.plain, version: version)
    let header = try NPYHeader(bytes)
    #expect(header.shape == [3, 4, 5])
    #expect(header.offset == bytes.count)
  }

  @Test(arguments: [
    (#"{"shape":(7,),"fortran_order":False,"descr":"<f4"}"#, [7]),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", []),
    ("{ 'shape' : ( 1 , 2 ) , 'descr' : '<f4' , 'fortran_order' : False }   ", [1, 2]),
  ])
  func keysComeInAnyOrder(_ text: String, _ extents: [Int]) throws {
    #expect(try NPYHeader(Self.header(text)).shape == Shape(extents))
  }

  @Test(arguments: [
    "", "{}", "[]", "{'descr': '<f4'}", plain + "x", plain + plain,
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1}",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 99999999999999999999)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,",
    "{'descr': '<f4, 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (3,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (" + String(repeating: "1, ", count: 40)
      + ")}",
  ])
  func everythingElseIsRefused(_ text: String) {
    #expect(throws: NPYError.self) { try NPYHeader(Self.header(text)) }
  }

  @Test func otherTypesAndOrdersAreNamed() {
    for type in ["<f8", ">f4", "<f2", "|u1", "<i4", "|O", "<c8"] {
      let text = Self.plain.replacing("<f4", with: type)
      #expect(throws: NPYError.type(type)) { try NPYHeader(Self.header(text)) }
    }
    let records = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}"
    #expect(throws: NPYError.type("records")) { try NPYHeader(Self.header(records)) }
    let columns = Self.plain.replacing("False", with: "True")
    #expect(throws: NPYError.columnMajor) { try NPYHeader(Self.header(columns)) }
  }

  @Test func mutatedHeadersNeverTrap() {
    var generator = Generator(seed: 11)
    let original = Self.header(Self.plain)
    var accepted = 0
    var overflowing: [[UInt8]] = []
    for _ in 0..<50_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.insert(UInt8.random(in: 32...126, using: &generator), at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 3))
        }
        if bytes.isEmpty { break }
      }
      guard let header = try? NPYHeader(bytes) else { continue }
      accepted += 1
      if header.shape.checkedElementCount == nil { overflowing.append(bytes) }
    }
    #expect(overflowing.isEmpty, "seed \(generator.seed)")
    #expect(accepted > 0 && accepted < 50_000)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    for shape in [[3], [2, 5], [1, 3, 4], [2, 3, 4, 5]] as [Shape] {
      let tensor = HostTensor<Float>(shape) { Float($0) * 0.37 - 1 }
      let bytes = NPYFile.bytes(of: tensor)
      let header = try NPYHeader(bytes)
      #expect(header.shape == shape)
      #expect(header.offset % 64 == 0)
      #expect(bytes.count == header.offset + 4 * tensor.elements.count)
    }
  }
}
