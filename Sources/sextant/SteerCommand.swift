import ArgumentParser

struct SteerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "steer",
    abstract: "Extract steering vectors, carry them to other models, test and export them.",
    discussion: """
      Example:
        sextant steer extract smollm2-135m --contrast sentiment --block 14 \\
          -o sentiment.safetensors
        sextant steer transfer sentiment.safetensors gemma-3-270m --block 8 \\
          --map alignments/smollm2-135m--gemma-3-270m.ridge.h5 -o carried.safetensors
        sextant steer validate sentiment.safetensors gemma-3-270m \\
          --map alignments/smollm2-135m--gemma-3-270m.ridge.h5 > verdict.md
        sextant steer export carried.safetensors -o carried.gguf
      """,
    subcommands: [
      BehavioursCommand.self, ExtractCommand.self, TransferCommand.self, ValidateCommand.self,
      ExportCommand.self,
    ])
}
