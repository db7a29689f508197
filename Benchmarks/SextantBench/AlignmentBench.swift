import Alignment
import ArgumentParser
import Tensors

/// A map between the first rows of two stores.
struct MapBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Seconds of fitting a map between two stores' rows.")

  @OptionGroup var input: RowOptions
  @Argument(help: "The target's store; as many rows of it.") var other: String
  @Argument(help: "least-squares, ridge (5 λ, 5 folds) or procrustes.") var method: String

  func run() throws {
    let source = try input.matrix()
    let target = try input.matrix(of: other)
    let chosen: any LinearMethod =
      switch method {
      case "least-squares": LeastSquares()
      case "ridge": Ridge()
      case "procrustes": Procrustes(scaling: false)
      default: throw ValidationError("the method is least-squares, ridge or procrustes, not \(method)")
      }
    var options = AlignmentOptions()
    options.lambdaGrid = [1e-4, 1e-3, 1e-2, 0.1, 1]
    try input.measure(method) { _ = try chosen.fit(source: source, target: target, options: options) }
  }
}
