import ArgumentParser
import Checkpoints
import Foundation
import Geometry
import Statistics
import Stores
import Tensors
import Vocabularies
import Workflow

/// A checkpoint to a store, its hash included: all that `sextant import` does.
struct ImportBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Seconds and peak memory of an import.")

  @Argument(help: "A GGUF or safetensors file, or a folder.") var source: String
  @Argument(help: "The store to write; replaced in every run.") var store: String
  @Option(help: "Timed runs.") var runs = 3

  func run() throws {
    var values: [Double] = []
    for _ in 0..<runs {
      if FileManager.default.fileExists(atPath: store) {
        try FileManager.default.removeItem(atPath: store)
      }
      values.append(
        try seconds {
          let checkpoint = try Checkpoint.open(source)
          try importCheckpoint(
            checkpoint, name: modelName(source), hash: checkpoint.sha256(), to: store)
        })
    }
    let written = try EmbeddingStore.open(store)
    var facts = ["rows": Double(written.vocabularySize), "columns": Double(written.width)]
    facts["peakBytes"] = peakResidentBytes()
    try Measurement(job: "import", model: modelName(source), unit: "s", values: values, facts: facts).emit()
  }
}

/// Exact relative orientation over all pairs of all matched tokens, from rows in memory.
struct OrientationBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orientation", abstract: "Seconds of the exact all-pairs Pearson.")

  @Argument(help: "A store.") var a: String
  @Argument(help: "Another store.") var b: String
  @Option(help: ArgumentHelp("Write the matched row numbers here.", valueName: "file")) var pairs: String?
  @Option(help: "Matched tokens, the first of them; all without it.") var tokens: Int?
  @Option(help: "Columns of the first store, the first of them; all without it.") var columnsA: Int?
  @Option(help: "Columns of the second store.") var columnsB: Int?
  @Option(help: "Timed runs.") var runs = 5

  func run() throws {
    let (first, second) = (try EmbeddingStore.open(a), try EmbeddingStore.open(b))
    let match = try TokenMatch(first.readTokens(), second.readTokens()).pairs.prefix(tokens ?? .max)
    if let pairs {
      let text = match.map { "\($0.rowA),\($0.rowB)\n" }.joined()
      try text.write(toFile: pairs, atomically: true, encoding: .utf8)
    }
    let x = leading(columnsA, of: try first.readInput().selecting(rows: match.map(\.rowA)))
    let y = leading(columnsB, of: try second.readInput().selecting(rows: match.map(\.rowB)))
    // Spearman's sample is another measure: as good as none of it here.
    var options = RelativeOrientationOptions()
    options.spearman = .sampled(pairs: 40)
    var values: [Double] = []
    var facts = ["tokens": Double(x.rows), "columnsA": Double(x.columns), "columnsB": Double(y.columns)]
    for _ in 0..<runs {
      values.append(
        try seconds {
          let orientation = try RelativeOrientation(x, y, options)
          if case .estimate(let estimate) = orientation.pearson { facts["pearson"] = estimate.value }
          facts["zeroRows"] = Double(orientation.zeroRows)
        })
    }
    try Measurement(
      job: "orientation", model: modelName(a) + " / " + modelName(b), unit: "s", values: values,
      facts: facts
    ).emit()
  }

  private func leading(_ columns: Int?, of rows: Matrix<Float>) -> Matrix<Float> {
    guard let columns, columns < rows.columns else { return rows }
    return Matrix(
      rows: rows.rows, columns: columns,
      elements: (0..<rows.rows).flatMap { rows.elements[rows.range(ofRow: $0).prefix(columns)] })
  }
}
