internal import Files
internal import LinearAlgebra
internal import Tensors

/// A list of near rows that is wanted.
struct PointWish: Sendable {
  let nearness: PointNearness
  let k: Int
  /// Only rows that are not held out.
  var isOfRest = false
}

/// A row and its score.
struct ScoredRow: Sendable, Equatable {
  let row: Int
  let score: Double
}

/// The exact nearest rows of points, by any nearness, from one pass over the rows.
///
/// All scores come from inner products of the numbers as they are, with some numbers a row from before: centring and the removal of
/// components are linear. Products of a few points are sums in Double, by rows as they pass; those of many are tiles in Float.
/// Either is off by at most `unit · ‖x‖ ‖r‖`, so a row is dropped only where k others have scores that are surely larger, and what is left
/// is scored by the definition (``PointRows/score(_:_:_:hubness:)``). Equal scores come by row.
///
/// O(q n d) for q points; memory beside the rows: a tile.
struct PointSearch: Sendable {
  let rows: PointRows
  /// h(r) of ``PointNearness/csls``; empty where that is not asked for.
  var hubness: [Double]

  /// The lists of each point: [point][wish].
  ///
  /// - Throws: `GeometryError.tooFewTokens` where there are not as many rows.
  func lists(of points: [PointQuery], _ wishes: [PointWish]) throws(GeometryError) -> [[[ScoredRow]]] {
    guard !points.isEmpty else { return [] }
    let found: [[BestRows]] = withSingleThreadedBLAS {
      points.count <= Self.few ? scanByRows(points, wishes) : scanByPoints(points, wishes)
    }
    let lists: [[[ScoredRow]]] = parallelMap(count: points.count) { point in
      zip(wishes, found[point]).map { wish, best in ranked(points[point], wish, best) }
    }
    for list in lists {
      for (wish, found) in zip(wishes, list) where found.count < wish.k {
        throw .tooFewTokens(
          measure: "\(wish.k) nearest rows of a point", needed: wish.k, actual: found.count)
      }
    }
    return lists
  }

  /// So few points are multiplied with rows as they pass.
  private static let few = 6

  private func scanByRows(_ points: [PointQuery], _ wishes: [PointWish]) -> [[BestRows]] {
    let part = 2048
    let parts: [[[BestRows]]] = parallelMap(count: (rows.matrix.rows + part - 1) / part) { index in
      scan(points, index * part..<min((index + 1) * part, rows.matrix.rows), wishes, block: 128) {
        points, range, products in
        var one = [Double](repeating: 0, count: range.count)
        for (position, point) in points.enumerated() {
          innerProducts(of: point.numbers.span, with: range, in: rows.matrix, into: &one)
          for i in one.indices { products[position * range.count + i] = one[i] }
        }
      }
    }
    var all = parts[0]
    for part in parts.dropFirst() {
      for point in points.indices {
        for wish in wishes.indices { all[point][wish].add(part[point][wish]) }
      }
    }
    return all
  }

  private func scanByPoints(_ points: [PointQuery], _ wishes: [PointWish]) -> [[BestRows]] {
    let strip = max(Self.few + 1, min(128, (points.count + workerCount - 1) / workerCount))
    let strips = (points.count + strip - 1) / strip
    let counter = JobProgress.current.counter(of: strips, "neighbours of points")
    let parts: [[[BestRows]]] = parallelMap(count: strips) { index in
      defer { counter.add() }
      let own = Array(points[index * strip..<min((index + 1) * strip, points.count)])
      let numbers = own.flatMap(\.numbers)
      return scan(own, 0..<rows.matrix.rows, wishes, block: 1024) { points, range, products in
        var tile = [Float](repeating: 0, count: points.count * range.count)
        let elements = rows.matrix.elements.span
        var target = tile.mutableSpan
        multiplyTile(
          numbers.span,
          elements.extracting(
            range.lowerBound * rows.matrix.columns..<range.upperBound * rows.matrix.columns),
          columns: rows.matrix.columns, into: &target)
        for i in tile.indices { products[i] = Double(tile[i]) }
      }
    }
    return parts.flatMap { $0 }
  }

  private func scan(
    _ points: [PointQuery], _ range: Range<Int>, _ wishes: [PointWish], block: Int,
    _ multiply: ([PointQuery], Range<Int>, inout [Double]) -> Void
  ) -> [[BestRows]] {
    let unit = points.count <= Self.few ? 0x1p-52 : 0x1p-23
    let errors = points.map { point in wishes.map { error(point, $0.nearness, unit: unit) } }
    var best = points.map { _ in wishes.map { BestRows($0.k) } }
    var products: [Double] = []
    var bounds: [Double] = []
    for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
      let part = start..<min(start + block, range.upperBound)
      if products.count != points.count * part.count {
        products = Array(repeating: 0, count: points.count * part.count)
        bounds = Array(repeating: 0, count: part.count)
      }
      multiply(points, part, &products)
      for (position, point) in points.enumerated() {
        let own = products.span.extracting(position * part.count..<(position + 1) * part.count)
        for (index, wish) in wishes.enumerated() {
          setBounds(point, wish.nearness, error: errors[position][index], own, part, &bounds)
          offer(bounds, part, point, wish, error: errors[position][index], to: &best[position][index])
        }
      }
    }
    return best
  }

  /// Bounds that the scores of some rows do not exceed, from products with them.
  private func setBounds(
    _ point: PointQuery, _ nearness: PointNearness, error: Double, _ products: Span<Double>,
    _ part: Range<Int>,
    _ bounds: inout [Double]
  ) {
    let start = part.lowerBound
    let (norms, meanNorm) = (rows.norms.span, rows.meanNorm)
    var bounds = bounds.mutableSpan
    switch nearness {
    case .euclidean:
      for i in products.indices {
        let norm = norms[start + i]
        bounds[i] = 2 * products[i] - norm * norm + error * (norm + meanNorm) + 0x1p-48 * norm * norm
      }
    case .cosine:
      let scale = rows.inverseNorms.span
      for i in products.indices {
        let bound = products[i] * point.inverseNorm + error * (norms[start + i] + meanNorm)
        bounds[i] = bound * scale[start + i]
      }
    case .csls:
      let (scale, hubs) = (rows.inverseNorms.span, hubness.span)
      for i in products.indices {
        let bound = 2 * products[i] * point.inverseNorm + error * (norms[start + i] + meanNorm)
        bounds[i] = bound * scale[start + i] - hubs[start + i]
      }
    case .centred:
      let (scale, means) = (rows.inverseCentred.span, rows.meanProducts.span)
      for i in products.indices {
        let product = products[i] - means[start + i] + point.constant
        let bound = product * point.inverseCentred + error * (norms[start + i] + meanNorm)
        bounds[i] = bound * scale[start + i]
      }
    case .allButTheTop:
      let (scale, means) = (rows.inverseRemaining.span, rows.meanProducts.span)
      let (parts, along, width) = (rows.leadingParts.elements.span, point.along.span, point.along.count)
      for i in products.indices {
        var product = products[i] - means[start + i] + point.constant
        for component in 0..<width { product -= along[component] * parts[(start + i) * width + component] }
        let bound = product * point.inverseRemaining + error * (norms[start + i] + meanNorm)
        bounds[i] = bound * scale[start + i]
      }
    }
  }

  /// How far a score that rests on products may be off, as a multiple of the row's ``reach(_:_:)``.
  private func error(_ point: PointQuery, _ nearness: PointNearness, unit: Double) -> Double {
    // Sums of d products, then a few sums in Double; numbers below 2⁻¹²⁶ have fewer digits.
    let relative = Double(rows.matrix.columns) * unit + 0x1p-48
    let length = point.norm + rows.meanNorm + 1e-30
    switch nearness {
    case .euclidean: return 2 * relative * length
    case .cosine: return relative * length * point.inverseNorm
    case .csls: return 2 * relative * length * point.inverseNorm
    case .centred: return relative * length * point.inverseCentred
    case .allButTheTop: return 2 * relative * length * point.inverseRemaining
    }
  }

  /// What the error of a row's score grows with.
  private func reach(_ row: Int, _ nearness: PointNearness) -> Double {
    let length = rows.norms[row] + rows.meanNorm
    switch nearness {
    case .euclidean: return length
    case .cosine, .csls: return length * rows.inverseNorms[row]
    case .centred: return length * rows.inverseCentred[row]
    case .allButTheTop: return length * rows.inverseRemaining[row]
    }
  }

  private func offer(
    _ bounds: [Double], _ part: Range<Int>, _ point: PointQuery, _ wish: PointWish, error: Double,
    to best: inout BestRows
  ) {
    let mask = wish.isOfRest ? rows.isRest.span : rows.counts.span
    let (bounds, start, itself) = (bounds.span, part.lowerBound, point.itself ?? -1)
    for i in bounds.indices where bounds[i] >= best.threshold {
      let row = start + i
      guard mask[row], row != itself, point.group == nil || point.group != rows.labels?[row] else { continue }
      let rounding = wish.nearness == .euclidean ? 0x1p-48 * rows.norms[row] * rows.norms[row] : 0
      best.offer(row, upTo: bounds[i], from: bounds[i] - 2 * (error * reach(row, wish.nearness) + rounding))
    }
  }

  /// Scores what is left by the definition.
  private func ranked(_ point: PointQuery, _ wish: PointWish, _ best: BestRows) -> [ScoredRow] {
    best.rows.map { ScoredRow(row: $0, score: rows.score(point, $0, wish.nearness, hubness: hubness)) }
      .sorted { ($0.score, $1.row) > ($1.score, $0.row) }
      .prefix(wish.k).map { $0 }
  }
}
