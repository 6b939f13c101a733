import Testing

@Suite("Assets are embedded and accounted for")
struct AssetTests {
  private static let start = "#define EMBED \"../../Assets/"

  @Test("the table of embedded files is the folder Assets but for its texts, sorted")
  func tableIsTheFolder() throws {
    let table = try #require(SourceTree.file("Sources/CAssets/assets.def"))
    let embedded = table.lines.filter { $0.hasPrefix(Self.start) && $0.hasSuffix("\"") }
      .map { String($0.dropFirst(Self.start.count).dropLast()) }
    let folder = SourceTree.paths.filter { $0.hasPrefix("Assets/") && !$0.hasSuffix(".md") }
      .map { String($0.dropFirst("Assets/".count)) }
    #expect(embedded == folder && !folder.isEmpty)
    #expect(table.lines.count { $0 == "#include \"entry.inc\"" } == folder.count)
  }

  @Test("each photo and model stands in the table of its folder, with where it comes from")
  func everyAssetIsAccountedFor() throws {
    let folders: Set<Substring> = ["photos", "models"]
    for path in SourceTree.paths where path.hasPrefix("Assets/") && !path.hasSuffix(".md") {
      let parts = path.split(separator: "/")
      guard parts.count == 3, folders.contains(parts[1]) else { continue }
      let list = try #require(SourceTree.file("Assets/\(parts[1])/README.md"), "\(path)")
      #expect(list.lines.contains { $0.hasPrefix("| `\(parts[2])` |") }, "\(path)")
    }
  }
}
