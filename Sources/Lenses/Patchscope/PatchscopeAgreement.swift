import Foundation
public import Statistics
import Tensors
import Transformers

/// How well patched states of one layer still say what the model itself says after the texts they come from.
public struct PatchscopeAgreement: Sendable, Equatable, Codable {
  public let layer: Int
  /// prec@1: the share of texts whose most probable next token is the same, with Wilson's interval. Its null: each text's token
  /// held against another text's state.
  public let precision: Estimate
  /// Mean of −ln p(the model's most probable next token) by the patched state, nats, with Student's interval; nil for one text.
  public let surprisal: Estimate?
}

extension Patchscope {
  /// prec@1 and surprisal of the last states of texts, by layer (Ghandeharioun et al. 2024, section 4.1).
  ///
  /// Cost: one pass over the texts, and a pass of one token a text and layer; logits of one layer at a time.
  /// - Parameters:
  ///   - sequences: texts as the model reads them, two or more.
  ///   - layers: nil: all.
  /// - Throws: ``WordsError``, ``LensError``, `TransformerError`.
  public func agreement(
    with sequences: [[Int]], layers: [Int]? = nil
  ) throws -> [PatchscopeAgreement] {
    guard sequences.count > 1 else { throw WordsError.others(expected: 2, actual: sequences.count) }
    let layers = layers ?? self.layers
    var sites: [ActivationPoint] = []
    for layer in layers { sites.append(try PatchPlace.residual(layer: layer).site(in: model)) }
    let (states, targets) = try wordsErrors { () throws(TransformerError) in
      let last = sequences.indices.map {
        SequencePosition(sequence: $0, position: sequences[$0].count - 1)
      }
      let logits = try model.logits(continuing: model.prefix(sequences, before: 0), selecting: last)
      let states = try model.activations(sequences, at: sites, positions: .last)
      return (states, Self.best(logits))
    }
    var result: [PatchscopeAgreement] = []
    for (layer, site) in zip(layers, sites) {
      guard let rows = states[site] else { continue }
      let logits = try logits(rows, layer: layer)
      let patched = Self.best(logits)
      let surprisals = targets.indices.map { row in
        logSumExp(logits.elements.span.extracting(logits.range(ofRow: row)))
          - Double(logits[row, targets[row]])
      }
      let hits = targets.indices.map { patched[$0] == targets[$0] ? 1.0 : 0 }
      guard let precision = wilsonMean(hits) else { continue }
      let n = targets.count
      let pairs = n * (n - 1)
      let crossed = targets.indices.reduce(0) { sum, a in
        sum + patched.indices.count { $0 != a && patched[$0] == targets[a] }
      }
      result.append(
        PatchscopeAgreement(
          layer: layer,
          precision: precision.with(
            null: NullDistribution(
              meaning: "the state of another text (all pairs of texts)",
              mean: Double(crossed) / Double(pairs)), plainNull: nil),
          surprisal: studentMean(surprisals, least: 0)))
    }
    return result
  }

  /// The most probable token of each row.
  private static func best(_ logits: Matrix<Float>) -> [Int] {
    (0..<logits.rows).map { largest(1, of: logits.elements.span.extracting(logits.range(ofRow: $0)))[0] }
  }
}
