/// Where the runs of a suite find their pictures, and leave their files.
struct RunFolders {
  /// Five pictures of each of two classes.
  let pictures: PictureFolder
  /// Where the runs leave their files.
  let outputs: PictureFolder

  init() throws {
    pictures = try SmallRun.folder()
    outputs = try PictureFolder()
  }

  /// The folder of a run.
  func path(_ name: String = "run") -> String { "\(outputs.path)/\(name)" }
}
