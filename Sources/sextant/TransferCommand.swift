import ArgumentParser
import Steering
import Studies
import Workflow

struct TransferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Carry a vector into another model through a fitted map.",
    discussion: """
      The direction goes through the map's weights; its norm is then set so that dose 1 moves the target by \
      --divergence over neutral text. --no-calibrate keeps the norm that the map gives. A map between layers (see \
      `sextant layers --keep-map`) says itself from which block to which it leads.

      Example:
        sextant steer transfer sentiment.safetensors gemma-3-270m \\
          --layer best-separation \\
          --map alignments/smollm2-135m--gemma-3-270m.ridge.h5 -o carried.safetensors
      """)

  @OptionGroup var carry: CarryOptions
  @Option(
    help:
      "The contrast set for best-separation: a bundled one, or a file in JSON or JSON Lines (default: the vector's own)."
  )
  var contrast: String?
  @Flag(inversion: .prefixedNo, help: "Set the norm by the divergence that it causes.") var calibrate = true
  @Option(Parameters.divergence) var divergence: Double
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let set = try contrast.map { try ContrastSet.named($0, seed: Parameters.seed.standard) }
    let source = try carry.readVector(foreign, console)
    let (map, target) = try carry.open(for: source, mismatch, folders, console)
    let block = try carry.targetBlock(
      of: source, along: map, in: target.model,
      on: set ?? .named(source.provenance.behaviour, seed: Parameters.seed.standard), folders, console)
    var carried = try map.carrier.carried(source, into: target, at: block)
    if calibrate {
      console.progress("calibrating to \(divergence) nats a token")
      var options = CalibrationOptions()
      options.targetDivergence = divergence
      let (scaled, found) = try carried.calibrated(
        in: target.model, neutralTexts: ContrastSet.neutralTexts(), options: options)
      if !found.converged {
        console.warning(
          "only \(found.divergence) nats a token were reached, at the largest norm that is tried")
      }
      carried = scaled
    }
    try VectorFile.write(carried, to: output.path)
    print(output.path)
  }
}
