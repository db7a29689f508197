import Checkpoints
import Foundation
import Tensors
import Transformers

/// A decoder's blocks in Double, as the papers write them: what central differences are taken of.
struct ReferenceDecoder {
  let model: Model
  private let c: ModelConfiguration
  private let weights: [[String: [Double]]]

  init(_ model: Model) {
    self.model = model
    c = model.configuration
    weights = model.blocks.map { w in
      let matrices = [
        "query": w.query, "key": w.key, "value": w.value, "output": w.attentionOutput, "gate": w.gate,
        "up": w.up, "down": w.down,
      ]
      var numbers = matrices.mapValues { $0.dequantised().elements.map(Double.init) }
      let names = LinearLayer.allCases.filter(w.has).map { ($0, $0 == .attentionOutput ? "output" : "\($0)") }
      for (layer, name) in names {
        guard let update = w.lowRank[layer], let matrix = matrices[name] else { continue }
        for i in 0..<matrix.rows {
          for j in 0..<matrix.columns {
            let sum = (0..<update.a.rows).reduce(0) { $0 + Double(update.b[i, $1]) * Double(update.a[$1, j]) }
            numbers[name]?[i * matrix.columns + j] += Double(update.scale) * sum
          }
        }
      }
      return numbers
    }
  }

  /// `y = x / √(mean(x²) + ε) ⊙ γ` of one row.
  func norm(_ x: [Double], _ weight: [Float]) -> [Double] {
    let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(c.normEpsilon)
    return zip(x, weight).map { $0 / square.squareRoot() * Double($1) }
  }

  /// The family's norm of every row; `y = (x − mean) / √(var + ε) ⊙ γ + β` where it is LayerNorm.
  func norm(rows x: [Double], _ norm: NormWeights) -> [Double] {
    guard !norm.isEmpty else { return x }
    let width = norm.weight.count
    return stride(from: 0, to: x.count, by: width).flatMap { start -> [Double] in
      let row = Array(x[start..<start + width])
      guard model.family.norm == .layer else { return self.norm(row, norm.weight) }
      let mean = row.reduce(0, +) / Double(width)
      let scaled = self.norm(row.map { $0 - mean }, norm.weight)
      return norm.bias.isEmpty ? scaled : zip(scaled, norm.bias).map { $0 + Double($1) }
    }
  }

  /// `x Wᵀ + b` of every row.
  func linear(_ x: [Double], _ w: [Double], width: Int, bias: ArraySlice<Float> = []) -> [Double] {
    let outputs = w.count / width
    var y = [Double](repeating: 0, count: x.count / width * outputs)
    for row in 0..<x.count / width {
      for output in 0..<outputs {
        var sum = bias.isEmpty ? 0 : Double(bias[bias.startIndex + output])
        for i in 0..<width { sum += x[row * width + i] * w[output * width + i] }
        y[row * outputs + output] = sum
      }
    }
    return y
  }

  /// Head norms and rotation of queries and keys `[tokens x (q, k, v)]`.
  func heads(_ projected: [Double], _ block: Int) -> [Double] {
    let columns = (c.headCount + 2 * c.keyValueHeadCount) * c.headDimension
    let base = Double(c.usesSlidingWindow(block: block) ? c.ropeLocalBase ?? c.ropeBase : c.ropeBase)
    let pairs = c.ropeDimension / 2
    var y = projected
    let parts = model.normedParts(model.blocks[block])
    for position in 0..<projected.count / columns {
      if let clip = c.projectionClip {
        for i in position * columns..<(position + 1) * columns {
          y[i] = min(max(y[i], -Double(clip)), Double(clip))
        }
      }
      for part in parts {
        let range = position * columns + part.offset..<position * columns + part.offset + part.weight.count
        y.replaceSubrange(range, with: norm(rows: Array(y[range]), NormWeights(weight: part.weight)))
      }
      guard model.family.positions == .rotary, c.isRotated(block: block) else { continue }
      for head in 0..<c.headCount + c.keyValueHeadCount {
        let start = position * columns + head * c.headDimension
        let x = Array(y[start..<start + c.headDimension])
        var turned = x
        for i in 0..<pairs {
          let angle = Double(position) * pow(base, -2 * Double(i) / Double(c.ropeDimension))
          let (a, b) = c.ropeStyle == .adjacent ? (2 * i, 2 * i + 1) : (i, i + pairs)
          turned[a] = x[a] * cos(angle) - x[b] * sin(angle)
          turned[b] = x[a] * sin(angle) + x[b] * cos(angle)
        }
        y.replaceSubrange(start..<start + c.headDimension, with: turned)
      }
    }
    return y
  }

  /// Softmax attention over `[tokens x (q, k, v)]` of one sequence.
  func attention(_ projected: [Double], _ block: Int) -> [Double] {
    let (d, columns) = (c.headDimension, (c.headCount + 2 * c.keyValueHeadCount) * c.headDimension)
    let count = projected.count / columns
    let window = c.usesSlidingWindow(block: block) ? c.slidingWindow ?? count : count
    var y = [Double](repeating: 0, count: count * c.headCount * d)
    for row in 0..<count {
      for head in 0..<c.headCount {
        let shared = head / (c.headCount / c.keyValueHeadCount)
        let key = (c.headCount + shared) * d
        let value = (c.headCount + c.keyValueHeadCount + shared) * d
        let seen = max(0, row + 1 - window)...row
        let scores = seen.map { j in
          (0..<d).reduce(0) {
            $0 + projected[row * columns + head * d + $1] * projected[j * columns + key + $1]
          }
            * Double(c.attentionScale)
        }.enumerated().map { index, score in
          let bent = c.attentionLogitCap.map { Double($0) * tanh(score / Double($0)) } ?? score
          guard model.family.positions == .linearBias else { return bent }
          return bent - Double(model.bend.slopes[head]) * Double(seen.count - 1 - index)
        }
        let largest = scores.max() ?? 0
        let exponentials = scores.map { exp($0 - largest) }
        let total = exponentials.reduce(0, +)
        for (j, e) in zip(seen, exponentials) {
          for i in 0..<d {
            y[(row * c.headCount + head) * d + i] += e / total * projected[j * columns + value + i]
          }
        }
      }
    }
    return y
  }

  /// `f(gate) ⊙ up` of rows (gate, up), or `f(up)` of rows of up alone.
  func gate(_ both: [Double]) -> [Double] {
    gate(both, width: c.feedForwardWidth)
  }

  func gate(_ both: [Double], width: Int) -> [Double] {
    stride(from: 0, to: both.count, by: (model.family.isGated ? 2 : 1) * width).flatMap { start in
      (0..<width).map { i in
        let z = both[start + i]
        let bent =
          switch model.family.gate {
          case .silu: z / (1 + exp(-z))
          case .gelu: z / 2 * (1 + erf(z / 2.0.squareRoot()))
          case .relu: max(0, z)
          case .geluTanh: z / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (z + 0.044715 * z * z * z)))
          }
        return model.family.isGated ? bent * both[start + width + i] : bent
      }
    }
  }

  /// What the chosen experts and the shared one make of one row.
  func experts(_ x: [Double], _ w: ExpertWeights) -> [Double] {
    guard let e = c.experts else { return [] }
    func dense(_ matrix: PackedMatrix) -> [Double] { matrix.dequantised().elements.map(Double.init) }
    func output(_ expert: Expert) -> [Double] {
      let both = linear(x, dense(expert.gate) + dense(expert.up), width: c.width)
      return linear(gate(both, width: expert.gate.rows), dense(expert.down), width: expert.gate.rows)
    }
    let scores = linear(x, dense(w.router), width: c.width)
    let chosen = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(e.chosen)
    let total = (e.normalises ? Array(chosen) : Array(scores.indices)).reduce(0) { $0 + exp(scores[$1]) }
    var y = [Double](repeating: 0, count: c.width)
    for i in chosen { y = zip(y, output(w.experts[i])).map { $0 + exp(scores[i]) / total * $1 } }
    guard let gate = w.sharedRouter else { return y }
    let share = 1 / (1 + exp(-linear(x, dense(gate), width: c.width)[0]))
    return zip(y, output(w.experts[e.count])).map { $0 + share * $1 }
  }

  /// The stream of one sequence through a block.
  func block(_ x: [Double], _ index: Int) -> [Double] {
    let w = model.blocks[index]
    let matrices = weights[index]
    let width = c.width
    let normed = norm(rows: x, model.outerNorm(w))
    let parts = ["query", "key", "value"].map { matrices[$0] ?? [] }
    let projected = linear(normed, parts.flatMap(\.self), width: width, bias: w.projectionBias[...])
    let mixed = attention(heads(projected, index), index)
    var added = linear(
      mixed, matrices["output"] ?? [], width: c.headCount * c.headDimension, bias: w.attentionOutputBias[...])
    added = norm(rows: added, w.attentionOutputNorm).map { Double(c.residualScale) * $0 }
    let middle = zip(x, added).map { $0 + $1 }
    let inner = norm(rows: c.isParallel ? x : middle, model.innerNorm(w))
    var output: [Double] = []
    if let experts = w.experts {
      output = stride(from: 0, to: inner.count, by: width).flatMap {
        self.experts(Array(inner[$0..<$0 + width]), experts)
      }
    } else {
      let both = linear(
        inner, (matrices["gate"] ?? []) + (matrices["up"] ?? []), width: width, bias: w.gateBias[...])
      output = linear(
        gate(both), matrices["down"] ?? [], width: c.feedForwardWidth, bias: w.downBias[...])
    }
    output = norm(rows: output, w.feedForwardOutputNorm).map { Double(c.residualScale) * $0 }
    return zip(middle, output).map { $0 + $1 }
  }

  /// The stream of one sequence from block `first` to the end.
  func finalStates(_ x: [Double], from first: Int = 0) -> [Double] {
    (first..<c.blockCount).reduce(x) { block($0, $1) }
  }

  /// Mean cross-entropy of every token of some sequences after the first.
  func loss(_ sequences: [[Int]]) -> Double {
    let table = model.embedding.dequantised()
    let positions = model.positions?.dequantised()
    let sums = sequences.map { tokens in
      let plain = tokens.flatMap { table.row($0).map { Double($0) * Double(c.embeddingScale) } }
      var rows = norm(rows: plain, model.embeddingNorm)
      for i in rows.indices {
        guard let positions else { break }
        rows[i] += Double(positions[i / c.width + c.positionOffset, i % c.width])
      }
      let targets = tokens.indices.dropLast().map { (row: $0, token: tokens[$0 + 1]) }
      return loss(finalStates(rows), targets) * Double(targets.count)
    }
    return sums.reduce(0, +) / Double(sequences.reduce(0) { $0 + $1.count - 1 })
  }

  /// Mean cross-entropy of `tokens[i + 1]` after position i, from the final states.
  func loss(_ states: [Double], _ targets: [(row: Int, token: Int)]) -> Double {
    let table = model.unembedding.dequantised().elements.map(Double.init)
    var logits = linear(norm(rows: states, model.finalNorm), table, width: c.width)
    let vocabulary = c.vocabularySize
    for i in logits.indices {
      if !model.unembeddingBias.isEmpty { logits[i] += Double(model.unembeddingBias[i % vocabulary]) }
      logits[i] *= Double(c.logitScale)
      if let cap = c.finalLogitCap { logits[i] = Double(cap) * tanh(logits[i] / Double(cap)) }
    }
    return targets.reduce(0) { sum, target in
      let row = logits[target.row * vocabulary..<(target.row + 1) * vocabulary]
      return sum + log(row.reduce(0) { $0 + exp($1) }) - row[row.startIndex + target.token]
    } / Double(targets.count)
  }
}
