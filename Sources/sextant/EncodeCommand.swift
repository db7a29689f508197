public import ArgumentParser
import Checkpoints
import Stores
import Transformers
import Workflow

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Write a vector of each text, by an encoder of sentences.",
    discussion: """
      BERT, MiniLM and MPNet as folders: all tokens of a text see each other, and their last states become one vector, as the \
      folder's modules.json says (the mean, the first token or the largest of each coordinate; at length 1 where it says so). Where a \
      folder does not say it, --pooling does. What a folder asks for beyond that is an error that names it.

      Files are those of `activations`: .h5, .safetensors or .npy with token ids and texts beside the vectors; a killed job goes on \
      where it was. Texts run together without padding, which changes no vector. A text that is longer than the encoder reads is an \
      error with its line; --truncate cuts its end, as sentence-transformers does without a word.

      Example:
        sextant encode models/all-MiniLM-L6-v2 --texts prompts.txt -o vectors.h5
        sextant encode models/all-MiniLM-L6-v2 --texts prompts.txt --pooling mean --normalise -o vectors.npy
      """)

  @Argument(help: "A folder with an encoder of sentences, or its name in the folder of models.")
  var model: String
  @Option(
    help: ArgumentHelp(
      "A text a line; - is standard input. JSON Lines (.jsonl, or with --key) have the text under a key.",
      valueName: "file"))
  var texts: String
  @Option(help: "The key of the text in JSON Lines (default: text).") var key: String?
  @Option(help: "How tokens become one vector, in place of what the folder says.")
  var pooling: SentencePooling.Mode?
  @Flag(help: "With --pooling: divide each vector by its length.") var normalise = false
  @Flag(help: "Cut the end of texts that are longer than the encoder reads.") var truncate = false
  @Option(
    name: .customLong("dtype"), help: "Numbers of 32 or 16 bits; one that 16 bits do not hold is an error.")
  var precision = ActivationPrecision.f32
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write: .h5, .safetensors or .npy.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard ActivationFormat(path: output.path) != nil else {
      throw ValidationError("--output must end in .h5, .safetensors or .npy, is \(output.path)")
    }
    guard pooling != nil || !normalise else {
      throw ValidationError("--normalise goes with --pooling; else the folder says it")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    let checkpoint = try folders.checkpoint(model, console)
    let encoder = try SentenceEncoder.load(
      checkpoint, pooling: pooling.map { SentencePooling(mode: $0, normalises: normalise) })
    var options = SentenceExportOptions()
    options.precision = precision
    options.cutsLongTexts = truncate
    let file = texts == "-" ? try PromptFile.standardInput(key: key) : PromptFile(path: texts, key: key)
    console.progress("reading \(file.name)")
    let done = try exportSentences(
      of: encoder, identity: identity(of: checkpoint, source: model), texts: file, options: options,
      to: output.path)
    if done.isComplete {
      console.note("\(output.path) is whole already")
    } else if done.keptPrompts > 0 {
      console.note("\(done.keptPrompts) of \(done.record.promptCount) texts were there")
    }
    console.detail("\(done.record.promptCount) vectors of \(done.record.width) numbers")
    print(output.path)
  }
}

extension SentencePooling.Mode: ExpressibleByArgument {}
