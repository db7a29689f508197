import Checkpoints
import Foundation
import LinearAlgebra
package import Tensors

/// One feed-forward layer among several.
package struct Expert: Sendable {
  package var gate: PackedMatrix
  package var up: PackedMatrix
  package var down: PackedMatrix

  package subscript(_ layer: LinearLayer) -> PackedMatrix? {
    get {
      switch layer {
      case .gate: gate
      case .up: up
      case .down: down
      default: nil
      }
    }
    set {
      guard let newValue else { return }
      switch layer {
      case .gate: gate = newValue
      case .up: up = newValue
      case .down: down = newValue
      default: break
      }
    }
  }
}

/// What a block has in place of one feed-forward layer (``ExpertConfiguration``).
package struct ExpertWeights: Sendable {
  /// `[experts x d_model]`.
  package var router: PackedMatrix
  /// `[1 x d_model]`: of the shared expert.
  package var sharedRouter: PackedMatrix?
  /// The shared one, if there is one, is the last.
  package var experts: [Expert]

  /// Router and shared router, one below the other.
  package var routers: [PackedMatrix] { [router] + (sharedRouter.map { [$0] } ?? []) }
}

/// Which experts see which rows, and how much of what they say counts.
package struct Routing: Sendable {
  /// Softmax of the router's scores over all experts, `[rows x experts]`.
  package var probabilities: Matrix<Float>
  /// What an expert's output is multiplied by, the shared one's in the last column; 0 where a row does not go.
  package var shares: Matrix<Float>
  /// The rows that each expert sees.
  package var rows: [[Int]]
}

extension Model {
  /// Sends normalised rows to experts: to those with the largest scores, of equal ones to the first.
  ///
  /// A score that is not finite makes all shares of its row NaN, so that it is noticed.
  package func route(_ w: ExpertWeights, _ x: Matrix<Float>) -> Routing {
    guard let e = configuration.experts else { preconditionFailure("a decoder without experts") }
    var probabilities = Matrix<Float>(rows: x.rows, columns: e.count, repeating: 0)
    var shares = Matrix<Float>(rows: x.rows, columns: w.experts.count, repeating: 0)
    var rows = [[Int]](repeating: [], count: w.experts.count)
    let scores = multiply(x, byTransposeOf: w.routers)
    for row in 0..<x.rows {
      let own = scores.row(row)
      let poison = own.reduce(0) { $0 + ($1 - $1) }
      let largest = own[..<e.count].max() ?? 0
      let exponentials = own[..<e.count].map { exp($0 - largest) }
      let total = exponentials.reduce(0, +)
      for i in 0..<e.count { probabilities[row, i] = exponentials[i] / total }
      let order = (0..<e.count).sorted { (-own[$0], $0) < (-own[$1], $1) }
      let chosen = order.prefix(e.chosen)
      let sum = e.normalises ? chosen.reduce(0) { $0 + probabilities[row, $1] } : 1
      for i in chosen {
        shares[row, i] = probabilities[row, i] / sum + poison
        rows[i].append(row)
      }
      guard w.sharedRouter != nil else { continue }
      shares[row, e.count] = 1 / (1 + exp(-own[e.count])) + poison
      rows[e.count].append(row)
    }
    return Routing(probabilities: probabilities, shares: shares, rows: rows)
  }

  /// `W_gate x` and `W_up x` side by side.
  package func gateAndUp(
    _ expert: Expert, _ x: Matrix<Float>, in arithmetic: Arithmetic = .f32
  ) -> Matrix<Float> {
    multiply(x, byTransposeOf: [expert.gate, expert.up], in: arithmetic)
  }

  /// `Σ s_e f_e(x)` of normalised rows, expert after expert.
  ///
  /// Cost: that of the chosen experts; each reads its matrices once for all of its rows.
  /// The router's scores are always of f32: rounding would choose other experts.
  func expertOutput(_ w: ExpertWeights, _ x: Matrix<Float>, in arithmetic: Arithmetic) -> Matrix<Float> {
    let routing = route(w, x)
    var y = Matrix<Float>(rows: x.rows, columns: x.columns, repeating: 0)
    for (index, expert) in w.experts.enumerated() where !routing.rows[index].isEmpty {
      let rows = routing.rows[index]
      let inner = gated(gateAndUp(expert, x.selecting(rows: rows), in: arithmetic))
      y.add(
        multiply(inner, byTransposeOf: [expert.down], in: arithmetic), atRows: rows,
        times: rows.map { routing.shares[$0, index] })
    }
    return y
  }
}

extension Matrix<Float> {
  /// Adds rows of another matrix, each times its factor, to the rows of these numbers.
  package mutating func add(_ other: Matrix<Float>, atRows rows: [Int], times factors: [Float]) {
    let columns = columns
    var target = elements.mutableSpan
    for (index, row) in rows.enumerated() {
      let (to, from, factor) = (row * columns, index * columns, factors[index])
      for i in 0..<columns { target[to + i] += factor * other.elements[from + i] }
    }
  }
}
