import ArgumentParser
import Steering

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write vectors as a control vector for llama.cpp (GGUF).",
    discussion: """
      One tensor direction.N a block N; llama.cpp adds it at the output of its block N and cannot reach block 0. \
      llama.cpp says nothing about a vector that does not fit, so look at the file with `sextant inspect`.

      Example:
        sextant steer export sentiment.safetensors -o sentiment.gguf
        llama-cli -m model.gguf --control-vector sentiment.gguf -p "The film was"
      """)

  @Argument(help: "Vector files of one model, ours or control vectors (GGUF), together one vector a block.")
  var vectors: [String]
  @Option(help: "Scale every vector to this norm.") var norm: Double?
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The GGUF file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var mismatch: MismatchOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let norm, !(norm > 0 && norm.isFinite) { throw ValidationError("--norm must be above 0") }
  }

  func run() throws {
    try writeControlVector(
      vectors.flatMap { try VectorFile.readAll($0) }, norm: norm, allowsMismatch: mismatch.isAllowed,
      to: output.path)
    print(output.path)
  }
}
