internal import LinearAlgebra
internal import Tensors

/// Who is nearest to whom across two spaces, in both directions.
struct NearestLinks: Sendable, Equatable {
  /// For each source row the target row, nil where all pairs were dropped.
  let forward: [Int?]
  /// For each target row the source row.
  let backward: [Int?]

  /// The pairs of both directions; one that both found is there twice.
  var all: [UnsupervisedMap.Anchor] {
    let there = forward.enumerated().compactMap { source, target in
      target.map { UnsupervisedMap.Anchor(source: source, target: $0) }
    }
    let back = backward.enumerated().compactMap { target, source in
      source.map { UnsupervisedMap.Anchor(source: $0, target: target) }
    }
    return there + back
  }

  /// The pairs that both directions found.
  var mutual: [UnsupervisedMap.Anchor] {
    forward.enumerated().compactMap { source, target in
      guard let target, backward[target] == source else { return nil }
      return UnsupervisedMap.Anchor(source: source, target: target)
    }
  }
}

/// All cosines between two small sets of unit rows, in both orders: 8 n m bytes.
///
/// The search of `Geometry` looks for neighbours inside one matrix and never at the k-th pair of a random half;
/// here every iteration moves one side, and needs densities and dropped pairs of both directions.
struct CrossSimilarity: Sendable {
  private let rows: Matrix<Float>
  private let columns: Matrix<Float>

  /// - Precondition: unit rows of equal width.
  init(_ source: Matrix<Float>, _ target: Matrix<Float>) {
    rows = multiply(source, target, transposingB: true)
    columns = rows.transposed()
  }

  /// Mean cosine of every row's nearest, over both directions.
  var meanBest: Double {
    func mean(_ cosines: Matrix<Float>) -> Double {
      let best: [Double] = parallelMap(count: cosines.rows, chunk: 64) { row in
        let line = cosines.elements.span.extracting(cosines.range(ofRow: row))
        var most = -Float.infinity
        for i in line.indices where line[i] > most { most = line[i] }
        return Double(most)
      }
      return best.reduce(0, +) / Double(best.count)
    }
    return (mean(rows) + mean(columns)) / 2
  }

  /// The nearest by `CSLS = 2 cos - r - r` in both directions.
  ///
  /// - Parameter keep: the share of pairs that may be chosen, drawn anew for each direction; nil for all.
  func links(k: Int, keep: (probability: Double, seed: UInt64)?) -> NearestLinks {
    let (ofRows, ofColumns) = (densities(rows, k: k), densities(columns, k: k))
    return NearestLinks(
      forward: best(rows, less: ofColumns, keep.map { ($0.probability, $0.seed) }),
      backward: best(columns, less: ofRows, keep.map { ($0.probability, ~$0.seed) }))
  }

  /// Means of each row's k largest.
  private func densities(_ cosines: Matrix<Float>, k: Int) -> [Float] {
    let k = min(k, cosines.columns)
    return parallelMap(count: cosines.rows, chunk: 64) { row in
      let line = cosines.elements.span.extracting(cosines.range(ofRow: row))
      var kept = [Float](repeating: -.infinity, count: k)
      for i in line.indices where line[i] > kept[k - 1] {
        var place = k - 1
        while place > 0, kept[place - 1] < line[i] {
          kept[place] = kept[place - 1]
          place -= 1
        }
        kept[place] = line[i]
      }
      return Float(kept.reduce(0.0) { $0 + Double($1) } / Double(k))
    }
  }

  /// The column of each row's largest `2 cos - r`, ties to the lower; a row's own density changes nothing.
  private func best(
    _ cosines: Matrix<Float>, less densities: [Float], _ keep: (probability: Double, seed: UInt64)?
  ) -> [Int?] {
    let limit = UInt32(min((keep?.probability ?? 1) * 0x1p32, 0x1p32 - 1))
    return parallelMap(count: cosines.rows, chunk: 64) { row in
      let line = cosines.elements.span.extracting(cosines.range(ofRow: row))
      let penalties = densities.span
      var random = SeededRandom(seed: (keep?.seed ?? 0) &+ UInt64(row))
      let salt = UInt32(truncatingIfNeeded: random.next())
      var (most, place) = (-Float.infinity, -1)
      for i in line.indices {
        let score = 2 * line[i] - penalties[i]
        guard score > most else { continue }
        if keep != nil, mixed(UInt32(truncatingIfNeeded: i), salt) >= limit { continue }
        (most, place) = (score, i)
      }
      return place < 0 ? nil : place
    }
  }
}

/// 32 bits that look random for each number and salt.
private func mixed(_ number: UInt32, _ salt: UInt32) -> UInt32 {
  var x = (number &* 0x9E37_79B9) ^ salt
  x = (x ^ (x >> 16)) &* 0x7FEB_352D
  x = (x ^ (x >> 15)) &* 0x846C_A68B
  return x ^ (x >> 16)
}
