import Graphs
import Models
import Tensors
import Testing

/// The safetensors header: what is accepted, and every way to lie in it.
@Suite struct SafetensorsTests {
  static func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
  }

  private func open(_ bytes: [UInt8]) throws(ModelError) -> SafetensorsFile {
    try SafetensorsFile(MappedFile(copying: bytes, name: "w.safetensors"))
  }

  @Test func everyTypeDecodes() throws {
    let types: [(String, [UInt8])] = [
      ("F64", littleEndian(Double(-3).bitPattern)), ("F32", littleEndian(Float(-3).bitPattern)),
      ("F16", littleEndian(Float16(-3).bitPattern)),
      ("BF16", littleEndian(UInt16(Float(-3).bitPattern >> 16))),
      ("I64", littleEndian(Int64(-3))), ("I32", littleEndian(Int32(-3))),
      ("I16", littleEndian(Int16(-3))), ("I8", littleEndian(Int8(-3))),
      ("U64", littleEndian(UInt64(3))), ("U32", littleEndian(UInt32(3))),
      ("U16", littleEndian(UInt16(3))), ("U8", [3]), ("BOOL", [1]),
    ]
    for (type, bytes) in types {
      let header =
        "{\"a\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,\(bytes.count)]}}"
      let file = try open(Self.file(header, bytes))
      let value = try #require(try file.weights["a"]?.tensor()[0])
      #expect(value == (type == "BOOL" ? 1 : type.hasPrefix("U") ? 3 : -3), "\(type)")
    }
  }

  @Test func tensorsComeInTheOrderOfTheFile() throws {
    let header = """
      {"__metadata__": {"format": "pt", "a\\u00e9\\n\\ud83d\\ude00": "\\"\\\\"},
       "b": {"data_offsets": [8, 16], "dtype": "F32", "shape": [2, 1]},
       "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
       "scalar": {"dtype": "U8", "shape": [], "data_offsets": [16, 17]},
       "empty": {"dtype": "F32", "shape": [0, 3], "data_offsets": [17, 17]}}
      """ + "   "
    let floats: [Float] = [1, 2, 3, 4]
    let file = try open(Self.file(header, floats.flatMap { littleEndian($0.bitPattern) } + [7]))
    #expect(file.names == ["a", "b", "scalar", "empty"])
    #expect(file.metadata == ["format": "pt", "a\u{e9}\n\u{1f600}": "\"\\"])
    #expect(try file.weights["b"]?.tensor() == HostTensor([2, 1], [3, 4]))
    #expect(file.weights["scalar"]?.shape == [])
    #expect(file.weights["empty"]?.shape == [0, 3])
    let model = try ModelFile.recognise(
      MappedFile(copying: Self.file("{}", []), name: "w.safetensors"))
    let error = modelError { () throws(ModelError) in _ = try model.network() }
    #expect(error?.description.contains("weights without their network") ?? false)
  }

  @Test func everyLieInAHeaderIsOneLine() {
    let good = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
    let tensor = { (name: String, shape: String, offsets: String) in
      "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let headers: [(String, String, Int)] = [
      ("no brace", " " + good, 8), ("empty", "", 0), ("list", "[]", 0),
      ("behind the end", good + "x", 8), ("cut off", String(good.dropLast()), 8),
      ("twice", "{\(tensor("a", "[2]", "[0,8]")),\(tensor("a", "[2]", "[8,16]"))}", 16),
      ("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0),
      ("metadata key twice", "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0),
      ("metadata number", "{\"__metadata__\":{\"a\":1}}", 0),
      ("hole", "{\(tensor("a", "[1]", "[0,4]")),\(tensor("b", "[1]", "[8,12]"))}", 12),
      ("hole at the start", "{\(tensor("a", "[1]", "[4,8]"))}", 8),
      ("overlap", "{\(tensor("a", "[2]", "[0,8]")),\(tensor("b", "[2]", "[4,12]"))}", 12),
      ("same place", "{\(tensor("a", "[1]", "[0,4]")),\(tensor("b", "[1]", "[0,4]"))}", 4),
      ("bytes left over", good, 12), ("bytes missing", good, 4),
      ("backwards", "{\(tensor("a", "[2]", "[8,0]"))}", 8),
      ("wrong size", "{\(tensor("a", "[3]", "[0,8]"))}", 8),
      ("product overflows", "{\(tensor("a", "[4294967296,4294967296,2]", "[0,8]"))}", 8),
      ("size overflows", "{\(tensor("a", "[4611686018427387904]", "[0,0]"))}", 0),
      ("number too large", "{\(tensor("a", "[99999999999999999999]", "[0,8]"))}", 8),
      ("negative", "{\(tensor("a", "[-2]", "[0,8]"))}", 8),
      ("exponent", "{\(tensor("a", "[2e0]", "[0,8]"))}", 8),
      ("fraction", "{\(tensor("a", "[2.0]", "[0,8]"))}", 8),
      ("leading zero", "{\(tensor("a", "[02]", "[0,8]"))}", 8),
      ("three offsets", "{\(tensor("a", "[2]", "[0,8,8]"))}", 8),
      ("one offset", "{\(tensor("a", "[2]", "[0]"))}", 8),
      ("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8),
      (
        "unknown key", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8
      ),
      ("key twice", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2]}}", 8),
      ("unknown type", "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2),
      ("trailing comma", "{\(tensor("a", "[2]", "[0,8]")),}", 8),
      ("half a pair", "{\"\\ud83d\":{}}", 0), ("bad escape", "{\"\\x\":{}}", 0),
      ("control character", "{\"a\n\":{}}", 0), ("number for a tensor", "{\"a\":1}", 0),
      ("deep", "{\"a\":" + String(repeating: "[", count: 100_000), 0),
      ("deep objects", String(repeating: "{\"a\":", count: 100_000), 0),
    ]
    for (name, header, count) in headers {
      let bytes = Self.file(header, [UInt8](repeating: 0, count: count))
      let error = modelError { () throws(ModelError) in _ = try open(bytes) }
      #expect(error?.exitCode == 65, "\(name)")
      #expect(error.map { !$0.description.contains("\n") } ?? false, "\(name)")
    }
    #expect(headers.count == 37)
  }

  @Test func headersLongerThanTheFileOrTheLimitAreErrors() {
    for length in [9, 100_000_001, UInt64(Int64.max), .max] {
      let bytes = littleEndian(length) + Array("{}".utf8)
      let error = modelError { () throws(ModelError) in _ = try open(bytes) }
      #expect(error != nil)
    }
    for count in 0..<8 {
      let error = modelError { () throws(ModelError) in
        _ = try open([UInt8](repeating: 0, count: count))
      }
      #expect(error != nil)
    }
  }

  @Test func noTruncationAndNoChangedByteEndsTheProgram() {
    let header =
      "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],"
      + "\"data_offsets\":[0,8]}}"
    let whole = Self.file(header, [UInt8](repeating: 1, count: 8))
    for count in 0..<whole.count {
      let error = modelError { () throws(ModelError) in _ = try open(Array(whole[..<count])) }
      #expect(error != nil, "\(count) bytes")
    }
    for index in whole.indices {
      for value: UInt8 in [0, 0x22, 0x2c, 0x30, 0x39, 0x5b, 0x7b, 0x7d, 0x80, 0xff] {
        var bytes = whole
        bytes[index] = value
        _ = modelError { () throws(ModelError) in _ = try open(bytes) }
      }
    }
  }
}
