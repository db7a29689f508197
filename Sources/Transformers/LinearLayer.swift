import Checkpoints
import LinearAlgebra
public import Tensors

/// The matrices of a block; raw values are GGUF's names.
public enum LinearLayer: String, Sendable, Hashable, CaseIterable, Codable {
  case query = "attn_q"
  case key = "attn_k"
  case value = "attn_v"
  case attentionOutput = "attn_output"
  case gate = "ffn_gate"
  case up = "ffn_up"
  case down = "ffn_down"

  /// Those of a feed-forward layer.
  package static let feedForward: [LinearLayer] = [.gate, .up, .down]
}

/// What low-rank adaptation adds to a matrix W `[outputs x inputs]`: `W + s B A`, s = α / r (Hu et al. 2021, arXiv 2106.09685).
public struct LowRankUpdate: Sendable, Equatable {
  /// `[r x inputs]`.
  public var a: Matrix<Float>
  /// `[outputs x r]`.
  public var b: Matrix<Float>
  /// s.
  public var scale: Float
  /// Inputs that are left out while it learns; nil for none.
  package var dropout: LowRankDropout?

  /// - Precondition: as many columns of B as rows of A.
  public init(a: Matrix<Float>, b: Matrix<Float>, scale: Float) {
    precondition(a.rows == b.columns, "B has \(b.columns) columns, A \(a.rows) rows")
    (self.a, self.b, self.scale) = (a, b, scale)
  }

  /// Adds `s (x Aᵀ) Bᵀ` to the columns of `y` from `column` on.
  func add(of x: Matrix<Float>, to y: inout Matrix<Float>, at column: Int) {
    addProduct(input(x), a, transposing: true, b, transposing: true, to: &y, from: 0, at: column)
  }

  /// What A reads of x: all of it where nothing is left out.
  package func input(_ x: Matrix<Float>) -> Matrix<Float> { dropout?.masked(x) ?? x }

  /// Adds `s (d B) A` to `dx`, `d` the columns of `dy` from `column` on: the cotangent of x.
  package func addPullback(of dy: Matrix<Float>, at column: Int, to dx: inout Matrix<Float>) {
    guard let dropout else {
      return addProduct(dy, b, transposing: false, a, transposing: false, to: &dx, from: column, at: 0)
    }
    var own = Matrix<Float>(rows: dx.rows, columns: dx.columns, repeating: 0)
    addProduct(dy, b, transposing: false, a, transposing: false, to: &own, from: column, at: 0)
    dx.add(dropout.masked(own))
  }

  /// `y[:, to...] += s (x[:, from...] M) N`, M and N transposed on demand, some rows at a time.
  private func addProduct(
    _ x: Matrix<Float>, _ m: Matrix<Float>, transposing first: Bool, _ n: Matrix<Float>,
    transposing second: Bool, to y: inout Matrix<Float>, from: Int, at to: Int
  ) {
    let (inputs, outputs) = (first ? m.columns : m.rows, second ? n.rows : n.columns)
    let (rank, columns) = (a.rows, y.columns)
    y.parallelUpdateRows(chunk: max(16, 65_536 / max(1, columns))) { rows, elements in
      var inner = [Float](repeating: 0, count: rows.count * rank)
      var span = inner.mutableSpan
      let small = MatrixTile(rows: rows.count, columns: rank, stride: rank)
      multiplyTiles(
        x.elements.span,
        MatrixTile(
          offset: rows.lowerBound * x.columns + from, rows: rows.count, columns: inputs, stride: x.columns),
        m.elements.span, MatrixTile(m), transposingB: first, into: &span, small)
      for i in span.indices { span[i] *= scale }
      multiplyTiles(
        span.span, small, n.elements.span, MatrixTile(n), transposingB: second, into: &elements,
        MatrixTile(offset: to, rows: rows.count, columns: outputs, stride: columns), adding: true)
    }
  }
}

extension BlockWeights {
  package subscript(_ layer: LinearLayer) -> PackedMatrix {
    get { self[keyPath: layer.path] }
    set { self[keyPath: layer.path] = newValue }
  }

  /// `x Wᵀ` of layers with the same input, side by side, with what low-rank adaptation adds.
  package func product(
    _ x: Matrix<Float>, _ layers: [LinearLayer], in arithmetic: Arithmetic = .f32
  ) -> Matrix<Float> {
    var y = multiply(x, byTransposeOf: layers.map { self[$0] }, in: arithmetic)
    var column = 0
    for layer in layers {
      lowRank[layer]?.add(of: x, to: &y, at: column)
      column += self[layer].rows
    }
    return y
  }
}

extension ModelFamily {
  /// The matrices that a feed-forward layer begins with.
  package var innerLayers: [LinearLayer] { isGated ? [.gate, .up] : [.up] }
}

extension LinearLayer {
  fileprivate var path: WritableKeyPath<BlockWeights, PackedMatrix> {
    switch self {
    case .query: \.query
    case .key: \.key
    case .value: \.value
    case .attentionOutput: \.attentionOutput
    case .gate: \.gate
    case .up: \.up
    case .down: \.down
    }
  }
}
