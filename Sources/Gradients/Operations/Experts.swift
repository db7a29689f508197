import Checkpoints
import LinearAlgebra
import Tensors
import Transformers

/// Experts and their router, `y = Σ s_e(x) f_e(x)`; forward: `Model.expertOutput`. Which experts are chosen is held fast: it changes
/// in jumps, and the derivative between them is exact.
struct ExpertTrace {
  let weights: ExpertWeights
  let routing: Routing
  let normalises: Bool
  /// x: `[tokens x d_model]`.
  let input: Matrix<Float>
  /// Of each expert, a row a token that it sees: gate and up, their slopes, and what it puts out before its share.
  let inner: [(gateAndUp: Matrix<Float>, slopes: Matrix<Float>, output: Matrix<Float>)?]

  init(_ model: Model, _ weights: ExpertWeights, _ input: Matrix<Float>) {
    let routing = model.route(weights, input)
    (self.weights, self.routing, self.input) = (weights, routing, input)
    normalises = model.configuration.experts?.normalises ?? false
    inner = weights.experts.enumerated().map { index, expert in
      guard !routing.rows[index].isEmpty else { return nil }
      let both = model.gateAndUp(expert, input.selecting(rows: routing.rows[index]))
      let output = multiply(model.gated(both), byTransposeOf: [expert.down])
      return (both, model.gateSlopes(both), output)
    }
  }

  /// The rows that an expert sees, in all of the copies.
  private func rows(_ expert: Int, copies: Int) -> [Int] {
    let own = routing.rows[expert]
    return (0..<copies).flatMap { copy in own.map { copy * input.rows + $0 } }
  }

  private func shares(_ expert: Int, copies: Int) -> [Float] {
    let own = routing.rows[expert].map { routing.shares[$0, expert] }
    return (0..<copies).flatMap { _ in own }
  }

  /// Derivatives of shares by scores, which are symmetric: `p_i (d_i − Σ p_j d_j)` of a softmax, `s (1 − s) d` of the shared gate.
  private func throughShares(_ d: Matrix<Float>) -> Matrix<Float> {
    var result = d
    let count = weights.router.rows
    for row in 0..<d.rows {
      let token = row % input.rows
      let p = normalises ? routing.shares.row(token) : routing.probabilities.row(token)
      let mean = (0..<count).reduce(Float(0)) { $0 + p[$1] * d[row, $1] }
      for i in 0..<count { result[row, i] = p[i] * (d[row, i] - mean) }
      guard d.columns > count else { continue }
      let share = routing.shares[token, count]
      result[row, count] = share * (1 - share) * d[row, count]
    }
    return result
  }

  /// Jᵀ: cotangents of y, copy after copy, to those of x.
  func pullback(
    _ d: Matrix<Float>, _ model: Model, block: Int, _ collector: inout GradientCollector?
  ) -> Matrix<Float> {
    let copies = d.rows / input.rows
    var dx = Matrix<Float>(rows: d.rows, columns: d.columns, repeating: 0)
    var dShares = Matrix<Float>(rows: d.rows, columns: weights.experts.count, repeating: 0)
    for (index, expert) in weights.experts.enumerated() {
      func weight(_ layer: LinearLayer) -> Weight { weights.weight(block: block, index, layer) }
      guard let inner = inner[index] else {
        // Nobody came, so nothing depends on it.
        for layer in LinearLayer.feedForward where collector?.wants([weight(layer)]) ?? false {
          guard let matrix = expert[layer] else { continue }
          collector?.add(
            Matrix(rows: matrix.rows, columns: matrix.columns, repeating: 0), to: weight(layer))
        }
        continue
      }
      let (rows, shares) = (rows(index, copies: copies), shares(index, copies: copies))
      var part = d.selecting(rows: rows)
      for (i, row) in rows.enumerated() {
        dShares[row, index] = dot(
          part.elements.span.extracting(part.range(ofRow: i)),
          inner.output.elements.span.extracting(inner.output.range(ofRow: i % inner.output.rows)))
        for column in 0..<part.columns { part[i, column] *= shares[i] }
      }
      let both = model.pullbackGate(inner.slopes, multiply(part, by: [expert.down]))
      dx.add(
        multiply(both, by: [expert.gate, expert.up]), atRows: rows, times: rows.map { _ in 1 })
      if collector?.wants([weight(.down)]) ?? false {
        collector?.add(
          weightGradient(part, 0..<part.columns, model.gated(inner.gateAndUp)), to: weight(.down))
      }
      guard collector?.wants([weight(.gate), weight(.up)]) ?? false else { continue }
      let x = input.selecting(rows: routing.rows[index])
      let width = expert.gate.rows
      collector?.add(weightGradient(both, 0..<width, x), to: weight(.gate))
      collector?.add(weightGradient(both, width..<2 * width, x), to: weight(.up))
    }
    let scores = throughShares(dShares)
    dx.add(multiply(scores, by: weights.routers))
    let count = weights.router.rows
    if collector?.wants([.router(block: block)]) ?? false {
      collector?.add(weightGradient(scores, 0..<count, input), to: .router(block: block))
    }
    if collector?.wants([.sharedRouter(block: block)]) ?? false {
      collector?.add(weightGradient(scores, count..<count + 1, input), to: .sharedRouter(block: block))
    }
    return dx
  }

  /// J: tangents of x, copy after copy, to those of y.
  func pushforward(_ d: Matrix<Float>, _ model: Model) -> Matrix<Float> {
    let copies = d.rows / input.rows
    let dShares = throughShares(multiply(d, byTransposeOf: weights.routers))
    var dy = Matrix<Float>(rows: d.rows, columns: d.columns, repeating: 0)
    for (index, expert) in weights.experts.enumerated() {
      guard let inner = inner[index] else { continue }
      let rows = rows(index, copies: copies)
      let both = model.gateAndUp(expert, d.selecting(rows: rows))
      dy.add(
        multiply(model.pushforwardGate(inner.slopes, both), byTransposeOf: [expert.down]), atRows: rows,
        times: shares(index, copies: copies))
      dy.add(
        inner.output.selecting(rows: rows.indices.map { $0 % inner.output.rows }), atRows: rows,
        times: rows.map { dShares[$0, index] })
    }
    return dy
  }
}
