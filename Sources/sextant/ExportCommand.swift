import ArgumentParser
import Steering
import Transformers

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write vectors as a control vector for llama.cpp (GGUF).",
    discussion: """
      One tensor direction.N a block N; llama.cpp adds it at the output of its block N and cannot reach block 0. \
      llama.cpp says nothing about a vector that does not fit, so look at the file with `sextant inspect`. \
      --convention cvector-generator moves another tool's directions to the blocks where they were read.

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
  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if let norm, !(norm > 0 && norm.isFinite) { throw ValidationError("--norm must be above 0") }
  }

  func run() throws {
    let console = Console(verbosity)
    var found: [SteeringVector] = []
    for path in vectors {
      found += try VectorFile.readAll(path, convention: foreign.convention) { console.warning($0) }
    }
    // The first direction of every file of cvector-generator, which would keep all the others from being written.
    let isFirst = { (vector: SteeringVector) in vector.point.block == 0 }
    if foreign.convention != nil, found.contains(where: isFirst), !found.allSatisfy(isFirst) {
      found.removeAll(where: isFirst)
      console.warning("direction.1, read at block 0, is left out: llama.cpp cannot reach that block")
    }
    try writeControlVector(found, norm: norm, allowsMismatch: mismatch.isAllowed, to: output.path)
    print(output.path)
  }
}
