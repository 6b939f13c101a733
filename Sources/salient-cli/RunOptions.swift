import ArgumentParser

/// Where a run goes, and what it says.
struct RunOptions: ParsableArguments {
  @Option(help: "Threads that read and write files.")
  var threads: String?

  @Option(name: .customShort("o"), help: "The folder for the results (salient-out).")
  var output: String?

  @Flag(help: "Go on with the run in the folder; same command.")
  var resume = false

  @Flag(help: "Delete that run's files and start over.")
  var overwrite = false

  @Option(name: .customLong("from"), help: "Take flags not given here from this run.json.")
  var earlier: String?

  @Option(help: "The seed of everything random (0).")
  var seed: String?

  @Flag(help: "Print the header with what it takes; write nothing.")
  var dryRun = false

  @Flag(help: "Print exactly the lines of the records (.jsonl).")
  var json = false

  @Flag(name: .shortAndLong, help: "No header, no progress, no result lines.")
  var quiet = false
}
