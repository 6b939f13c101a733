import ArgumentParser
import Jobs
import Salient

/// The executable `salient`: parses, runs a verb, and turns every failure into one line and a code.
@main
struct Main {
  static func main() async {
    HostAllocator.returnLargeBlocks()
    // A closed pipe or a file-size limit is an error of the write, not the end of the process.
    Signals.ignoreWriteSignals()
    let words = Array(CommandLine.arguments.dropFirst())
    let work = Task { await run(words) }
    let signals = Signals.onInterrupt { work.cancel() }
    switch await work.value {
    case .success(let code): withExtendedLifetime(signals) { Terminal.exit(code) }
    case .failure(let failure):
      signals.end {
        Terminal.complain(failure)
        Terminal.exit(Int32(failure.kind.rawValue))
      }
    }
  }

  /// Runs a command line.
  /// - Returns: the exit code, or what is to be told.
  private static func run(_ words: [String]) async -> Result<Int32, Failure> {
    do throws(Failure) {
      guard let verb = try parse(words) else { return .success(0) }
      do throws(Failure) {
        return .success(try await verb.perform())
      } catch {
        throw error.blaming(kernels: verb.kernels)
      }
    } catch {
      return .failure(error)
    }
  }

  /// The verb with its flags; nil where help was asked for and printed.
  private static func parse(_ words: [String]) throws(Failure) -> (any Verb)? {
    try Usage.checkRepetitions(words)
    do {
      var command = try SalientCommand.parseAsRoot(words)
      if let verb = command as? any Verb { return verb }
      // What is no verb of ours is the parser's own command that throws the help text.
      try command.run()
    } catch {
      guard SalientCommand.exitCode(for: error).isSuccess else {
        throw Usage.failure(words, error)
      }
      Terminal.say(Usage.help(words, error))
    }
    return nil
  }
}

/// A verb of the command line.
protocol Verb: ParsableCommand {
  /// Two command lines to start with; help leads with them.
  static var examples: [String] { get }

  /// The folder of kernels that was named, if any.
  var kernels: String? { get }

  /// Does what was asked for.
  /// - Returns: the exit code.
  /// - Throws: `Failure`, printed as one line.
  func perform() async throws(Failure) -> Int32
}

extension Verb {
  var kernels: String? { nil }
}

extension Failure {
  /// The same failure; where it would be ours, it is that of the kernels somebody has put in.
  func blaming(kernels: String?) -> Failure {
    guard kind == .ours, kernels != nil else { return self }
    return Failure(.content, place, what, try: "mend it, or leave out --kernels")
  }
}

/// `salient`, the root of all verbs.
struct SalientCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "salient", abstract: "Shows what a convolutional network looks at.",
    discussion: ExitCodes.text,
    subcommands: [
      Explain.self, Evaluate.self, Train.self, Finetune.self, Layers.self, Methods.self,
      Devices.self, Verify.self, Bench.self, Tune.self, RenderScenes.self, Demo.self,
    ])

  static let examples = ["salient explain cat.jpg --model net.onnx", "salient devices"]

  @Flag(name: .long, help: "The version of salient, and the OpenCL loader found.")
  var version = false

  func perform() async throws(Failure) -> Int32 {
    Terminal.say(version ? Overview.version : Overview.text)
    return 0
  }
}
