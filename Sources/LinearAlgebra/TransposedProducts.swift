internal import COpenBLAS
public import Tensors

/// A product `Xᵀ Y`, or `Xᵀ X`, over some rows of both, to be computed with others by ``transposedProducts(_:)``.
public struct TransposedProduct<Element: BinaryFloatingPoint & BitwiseCopyable & Sendable>: Sendable {
  let left: Matrix<Element>
  let right: Matrix<Element>
  let rows: [UInt32]?
  let isSymmetric: Bool
  let isGram: Bool

  /// `Xᵀ X` over the rows with these numbers, or over all; half the work of another product.
  public init(_ matrix: Matrix<Element>, rows: [UInt32]? = nil) {
    (left, right, self.rows) = (matrix, matrix, rows)
    (isSymmetric, isGram) = (true, true)
  }

  /// `Xᵀ Y` over the rows with these numbers, or over all.
  ///
  /// - Parameter isSymmetric: the product is known to be symmetric: half of it is computed, and mirrored.
  /// - Precondition: X and Y have the same rows; equal columns for a symmetric product.
  public init(
    _ left: Matrix<Element>, _ right: Matrix<Element>, rows: [UInt32]? = nil, isSymmetric: Bool = false
  ) {
    precondition(
      left.rows == right.rows && (!isSymmetric || left.columns == right.columns),
      "product of the transpose of \(left.rows) x \(left.columns) and \(right.rows) x \(right.columns)")
    (self.left, self.right, self.rows) = (left, right, rows)
    (self.isSymmetric, isGram) = (isSymmetric, false)
  }
}

/// Products `Xᵀ Y` of Float matrices in Double, all of them together on all processors.
///
/// Exact products, sums in Double. With AVX-512 tiles of 192 x 192 widen the rows as they read them, about 105 GF/s a core
/// where OpenBLAS 0.3.21 has 53; elsewhere `cblas_dgemm` and `cblas_dsyrk` on widened blocks of rows. Every element
/// is summed by one worker in a fixed order, so the bits do not depend on the number of workers.
/// O(n d_X d_Y) time for each; the products and, for each worker, two megabytes of memory.
/// - Parameter sums: Float sums take half the time with AVX-512; elsewhere all sums are in Double.
public func transposedProducts(
  _ products: [TransposedProduct<Float>], sums: ProductSums = .double
) -> [Matrix<Double>] {
  ProductPath.current == .tiles ? tiledProducts(products, sums) : products.map(blockedProduct)
}

/// The same for Double matrices.
public func transposedProducts(_ products: [TransposedProduct<Double>]) -> [Matrix<Double>] {
  ProductPath.current == .tiles ? tiledProducts(products, .double) : products.map(blockedProduct)
}

/// `Xᵀ Y` of two Float matrices with the same rows, in Double (see ``transposedProducts(_:)``).
///
/// d_X x d_Y; O(n d_X d_Y) time, O(d_X d_Y) memory: no n x n matrix, and no copy of the rows.
public func crossGram(_ x: Matrix<Float>, _ y: Matrix<Float>) -> Matrix<Double> {
  transposedProducts([TransposedProduct(x, y)])[0]
}

/// `Xᵀ X`, symmetric d x d, in Double (see ``transposedProducts(_:)``); O(n d² / 2).
public func gram(_ x: Matrix<Float>) -> Matrix<Double> {
  transposedProducts([TransposedProduct(x)])[0]
}

// MARK: - Tiles

private struct Tile {
  let product: Int
  let left: Range<Int>
  let right: Range<Int>
  let isDiagonal: Bool

  var work: Int { left.count * right.count / (isDiagonal ? 2 : 1) }
}

private func tiledProducts<Element>(
  _ products: [TransposedProduct<Element>], _ sums: ProductSums
) -> [Matrix<Double>] {
  // The small ones last, so that no worker is left waiting for a large one.
  let tiles = products.indices.flatMap { cut(products[$0], number: $0, panel: sums == .float ? 48 : 24) }
    .sorted { $0.work > $1.work }
  let found: [[Double]] = parallelMap(count: tiles.count) { index in
    let tile = tiles[index]
    let product = products[tile.product]
    return transposedProductTile(
      product.left, tile.left, product.right, tile.right, rows: product.rows, isDiagonal: tile.isDiagonal,
      sums: sums)
  }
  return parallelMap(count: products.count) { index in
    let own = tiles.indices.filter { tiles[$0].product == index }
    return assembled(products[index], own.map { (tiles[$0], found[$0]) })
  }
}

private func cut<Element>(_ product: TransposedProduct<Element>, number: Int, panel: Int) -> [Tile] {
  parts(of: product.left.columns, panel).flatMap { left in
    parts(of: product.right.columns, panel)
      .filter { !product.isSymmetric || $0.lowerBound >= left.lowerBound }
      .map { Tile(product: number, left: left, right: $0, isDiagonal: product.isSymmetric && left == $0) }
  }
}

/// Almost equal ranges of whole panels, at most 192 columns: two packed ranges and a tile fill the second cache.
private func parts(of columns: Int, _ panel: Int) -> [Range<Int>] {
  let count = max(1, (columns + 191) / 192)
  let width = max(panel, ((columns + count - 1) / count + panel - 1) / panel * panel)
  return stride(from: 0, to: columns, by: width).map { $0..<min(columns, $0 + width) }
}

private func assembled<Element>(
  _ product: TransposedProduct<Element>, _ tiles: [(Tile, [Double])]
) -> Matrix<Double> {
  let columns = product.right.columns
  var result = Matrix<Double>(rows: product.left.columns, columns: columns, repeating: 0)
  var elements = result.elements.mutableSpan
  for (tile, numbers) in tiles {
    let source = numbers.span
    let width = tile.right.count
    for (i, row) in tile.left.enumerated() {
      let target = row * columns + tile.right.lowerBound
      for j in (tile.isDiagonal ? i : 0)..<width { elements[target + j] = source[i * width + j] }
    }
    guard product.isSymmetric else { continue }
    for (j, row) in tile.right.enumerated() {
      let target = row * columns + tile.left.lowerBound
      for i in 0..<(tile.isDiagonal ? j : tile.left.count) { elements[target + i] = source[i * width + j] }
    }
  }
  return result
}

// MARK: - BLAS

/// The same by `cblas_dgemm` and `cblas_dsyrk`, for processors without AVX-512.
package func blockedProduct<Element>(_ product: TransposedProduct<Element>) -> Matrix<Double> {
  let (x, y) = (product.left, product.right)
  var result = Matrix<Double>(rows: x.columns, columns: y.columns, repeating: 0)
  guard !result.elements.isEmpty else { return result }
  let count = product.rows?.count ?? x.rows
  for start in stride(from: 0, to: count, by: 2048) {
    let rows = start..<min(count, start + 2048)
    let left = widened(x, rows, product.rows)
    if product.isGram {
      unsafe cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, blasint(x.columns), blasint(rows.count), 1, left,
        blasint(x.columns), 1, &result.elements, blasint(x.columns))
    } else {
      let right = widened(y, rows, product.rows)
      unsafe cblas_dgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, blasint(x.columns), blasint(y.columns),
        blasint(rows.count), 1, left, blasint(x.columns), right, blasint(y.columns), 1, &result.elements,
        blasint(y.columns))
    }
  }
  guard product.isSymmetric else { return result }
  for i in 0..<result.rows {
    for j in 0..<i { result[i, j] = result[j, i] }
  }
  return result
}

private func widened<Element: BinaryFloatingPoint>(
  _ matrix: Matrix<Element>, _ rows: Range<Int>, _ numbers: [UInt32]?
) -> [Double] {
  let columns = matrix.columns
  return Matrix<Double>.parallelRows(rows: rows.count, columns: columns, chunk: 64) { part, block in
    let elements = matrix.elements.span
    for row in part {
      let source = (numbers.map { Int($0[rows.lowerBound + row]) } ?? rows.lowerBound + row) * columns
      let target = (row - part.lowerBound) * columns
      for j in 0..<columns { block[target + j] = Double(elements[source + j]) }
    }
  }.elements
}
