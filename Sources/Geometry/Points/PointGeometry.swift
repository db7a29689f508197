internal import LinearAlgebra
public import Statistics
public import Tensors

/// What the geometry of a space says of any point of it.
///
/// The space is a matrix of rows: a model's input embeddings, its unembedding, or residual states of many prompts. Rows that no
/// training has told apart (``UntrainedTokens``) are left out: they are neither neighbours nor held out.
///
///     let space = try PointGeometry(store.readInput(), leavingOut: Set(untrained.kinds.keys))
///     try space.readings(of: points, by: [.cosine, .csls])  // [point]
///
/// A random part of the rows is held out of the rest. They are measured as any point is, and whatever a point is found to be has its standing among
/// them, or its p-value (``PointAlarm``). A point that has the very numbers of a row is that row: it and its group are left out of its own surroundings.
/// Neighbours that are listed come from all rows that count; the neighbourhood, and what the alarm rests on, from the rows that are
/// not held out.
///
/// Cost of making it: O((m + d) n d) with m rows held out; memory beside the rows: about 10 + d/100 numbers a row. All functions
/// take points as rows of a matrix, O(n d) each, and throw `GeometryError.notFinite`, `.width` for points of another width, and
/// `.tooFewTokens` where too few rows are left. Deterministic in the seed.
public struct PointGeometry: Sendable {
  public let options: PointOptions
  /// Numbers of the rows held out, ascending.
  public let heldOut: [Int]
  /// Rows that count.
  public let countedRows: Int
  let space: PointRows
  let covariance: LedoitWolf
  let reference: PointReference

  /// - Parameters:
  ///   - rows: [n x d], shared: no copy is made.
  ///   - leavingOut: numbers of rows that do not count.
  ///   - groups: of all rows, in their order: rows that belong together, as the states of one prompt; nil takes each by itself.
  /// - Throws: `GeometryError.option`; `.notFinite`; `.tooFewTokens` where a quarter of the groups is too few for a p-value of α, or
  ///   the rest has no more rows than a neighbourhood; `.decomposition`, also where all rows are equal.
  /// - Precondition: as many groups' labels as rows.
  public init(
    _ rows: Matrix<Float>, leavingOut: Set<Int> = [], groups: TokenGroups? = nil,
    _ options: PointOptions = PointOptions()
  ) throws(GeometryError) {
    precondition(
      groups?.labels.count ?? rows.rows == rows.rows,
      "\(groups?.labels.count ?? 0) labels for \(rows.rows) rows")
    try options.check()
    let norms = try finiteNorms(rows, "rows of the space")
    if let row = norms.firstIndex(where: { $0 > Self.longest }) {
      throw .option(
        name: "row \(row)", expected: "a norm of at most \(Self.longest)", actual: "\(norms[row])")
    }
    let counts = (0..<rows.rows).map { !leavingOut.contains($0) }
    let heldOut = try Self.heldOut(counts, groups, options)
    var isRest = counts
    let groupsOut = groups.map { groups in Set(heldOut.map { groups.labels[$0] }) }
    for row in counts.indices where groupsOut?.contains(groups?.labels[row] ?? -1) ?? false {
      isRest[row] = false
    }
    for row in heldOut { isRest[row] = false }
    let rest = isRest.indices.filter { isRest[$0] }
    guard rest.count > options.neighbourhood else {
      throw .tooFewTokens(
        measure: "neighbourhoods of \(options.neighbourhood) rows beside \(heldOut.count) held out",
        needed: options.neighbourhood + 1, actual: rest.count)
    }
    let out = counts.indices.filter { counts[$0] && !isRest[$0] }
    let moments = RowMoments(rows, rows: rest)
    covariance = try LedoitWolf(rows, rows: rest, moments)
    space = try PointRows(
      rows, norms: norms, counts: counts, isRest: isRest, labels: groups?.labels,
      moments: moments + RowMoments(rows, rows: out))
    countedRows = rest.count + out.count
    reference = try PointReference(heldOut, in: space, covariance, options)
    (self.options, self.heldOut) = (options, heldOut)
  }

  /// [n x d].
  public var rows: Matrix<Float> { space.matrix }

  /// D of ``PointNeighbourhood/logDensity``: n / Σ 1/dᵢ over the held-out rows (MacKay, Ghahramani 2005); nil where none has a dimension.
  public var commonDimension: Double? { reference.densities.dimension }

  /// Products of longer rows could overflow in Float.
  private static let longest = 1e15

  /// One random row of each of some random groups.
  private static func heldOut(
    _ counts: [Bool], _ groups: TokenGroups?, _ options: PointOptions
  ) throws(GeometryError) -> [Int] {
    let members = TokenGroups.members(groups, of: counts.count)
      .map { $0.filter { counts[$0] } }.filter { !$0.isEmpty }
    let fewest = Int((1 / options.significance - 1e-9).rounded(.up)) - 1
    let count = min(options.heldOut, members.count / 4)
    guard count >= fewest, count > 1 else {
      throw .tooFewTokens(
        measure:
          "p-values of \(options.significance) by a quarter of the \(groups == nil ? "rows" : "groups of rows")",
        needed: 4 * max(fewest, 2), actual: members.count)
    }
    var random = SeededRandom(seed: options.seed ^ 0x4845_4C44_4F55_54)
    return random.permutation(members.count).prefix(count).map { group in
      members[group][Int(random.next(upperBound: UInt64(members[group].count)))]
    }.sorted()
  }
}

extension PointOptions {
  fileprivate func check() throws(GeometryError) {
    try requireOption("neighbours", neighbours, "1 or more", neighbours >= 1)
    try requireOption(
      "neighbourhood", neighbourhood, "more than the \(neighbours) neighbours, and 3 or more",
      neighbourhood > max(neighbours, 2))
    try requireOption(
      "components", components, "1 to \(neighbourhood - 1)", components >= 1 && components < neighbourhood)
    try requireOption("held out", heldOut, "2 or more", heldOut >= 2)
    try requireOption("significance", significance, "between 0 and 1", significance > 0 && significance < 1)
    try requireOption("confidence", confidence, "between 0 and 1", confidence > 0 && confidence < 1)
  }
}
