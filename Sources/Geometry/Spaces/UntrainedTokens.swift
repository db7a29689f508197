internal import LinearAlgebra
internal import RealModule
internal import Statistics
public import Tensors
public import Tokenizers
public import Vocabularies

/// How rows that no training has told apart are found.
public struct UntrainedTokensOptions: Sendable, Equatable, Codable {
  /// A row is untrained within this share of the rows' median distance from their centre, of a point where such rows lie.
  /// Larger values take more of the tokens that training has moved a little; above 0.1 they would take trained ones.
  public var radius = 0.05
  /// Rows that make such a point, by which chance is left out; two are enough where one of them is reserved.
  public var fewest = 5
  /// A row below this share of the median norm has been shrunk to nothing.
  public var shortest = 0.1
  public var seed: UInt64 = 1

  public init() {}
}

/// Tokens of one model whose rows training has not told apart, found in the whole vocabulary.
///
/// A token that never occurs gets only what all tokens get: it stays where all rows began, or goes where the softmax pushes
/// all that never occur. So untrained rows lie in one place, many of them equal byte for byte, while trained rows keep
/// their distance: in the four models that Sextant was tried on the nearest row is at 0.3 to 0.4 median norms or more for
/// 95 of 100 tokens, and the nearest pairs of trained words (weekdays of a language) are at 0.23.
///
/// Distances are shares of the median distance of rows from their centre, the medians of the columns: a narrow cone is not near
/// itself. ρ is ``UntrainedTokensOptions/radius`` of that.
///
/// 1. *Candidates*: rows that fall into one cell of eight random directions, in any of four tables, and have
///    ``UntrainedTokensOptions/fewest`` - 1 others within twice the radius ρ; their centre is the median of each column.
/// 2. *A point of untrained rows* is a centre with `fewest` rows within ρ, or two where one is reserved, and at most half
///    as many again within 2ρ: rows that are merely dense, as in one or two dimensions, go on beyond ρ.
/// 3. Every row within ρ of such a point is untrained, and so are zero rows and those far below all others in norm.
/// 4. Of other rows that are equal byte for byte, the first stays and the others are duplicates.
///
/// Spaces of fewer than eight columns are not searched for points: there, rows lie close by chance. And where this would take more
/// than half of a vocabulary, it takes none: then it is the space that is odd, not its tokens.
///
/// Land, Bartolo 2024 (Fishing for Magikarp) rank tokens by the cosine distance to the mean of known unused rows, after
/// taking off the first principal component, and by the norm where matrices are not tied; they leave the cut to the reader.
/// A distance to where untrained rows lie needs no list of unused tokens and no component: all else than that one place is far
/// from it. Where unused rows were drawn at random and never pulled together, only their norm tells them.
///
/// O(n d) with a factor of 32 and of the number of points; deterministic in the seed.
public struct UntrainedTokens: Sendable, Equatable, Codable {
  /// What is wrong with a row. A row counts for the first that applies.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// It is zero.
    case zero
    /// Its norm is below a tenth of the median.
    case short
    /// It lies where others lie that no training has told apart.
    case untrained
    /// It is byte for byte the row of an earlier token.
    case duplicate
  }

  /// What was found, by row; rows without an entry are distinct and of usual size.
  public let kinds: [Int: Kind]
  /// Rows that are equal, byte for byte, to that of another token; zero rows are not counted.
  public let identicalRows: Int
  /// Sets of such rows.
  public let identicalSets: Int
  /// Reserved entries of the vocabulary, and rows beyond it.
  public let reservedRows: Int
  /// Reserved entries among the untrained.
  public let reservedUntrained: Int
  /// Points where untrained rows lie.
  public let points: Int
  /// The rows' median distance from their centre.
  public let spread: Double
  public let options: UntrainedTokensOptions

  /// The rows as a ``TokenFilter`` asks for them: why each is left out.
  public var rejections: [Int: TokenRejection] {
    kinds.mapValues { $0 == .duplicate ? .duplicate : .untrained }
  }

  /// Rows of one kind.
  public func count(_ kind: Kind) -> Int { kinds.values.count { $0 == kind } }

  /// - Parameters:
  ///   - matrix: one row a token, without NaN and infinity.
  ///   - tokens: the whole vocabulary, the token of row i at position i.
  /// - Precondition: as many tokens as rows.
  public init(
    _ matrix: Matrix<Float>, tokens: [Token], _ options: UntrainedTokensOptions = UntrainedTokensOptions()
  ) {
    precondition(tokens.count == matrix.rows, "\(tokens.count) tokens for \(matrix.rows) rows")
    let norms = rowNorms(matrix)
    let present = norms.filter { $0 > 0 && $0.isFinite }.sorted()
    let median = present.isEmpty ? 0 : quantile(ofSorted: present, 0.5)
    var kinds: [Int: Kind] = [:]
    for row in norms.indices {
      if norms[row] == 0 {
        kinds[row] = .zero
      } else if norms[row] < options.shortest * median {
        kinds[row] = .short
      }
    }
    let rest = norms.indices.filter { kinds[$0] == nil && norms[$0].isFinite }
    let isReserved = tokens.map { $0.kind == .unused }
    let search = ClumpSearch(matrix, rows: rest, isReserved: isReserved, options)
    let points = matrix.columns >= Self.fewestColumns ? search.points() : []
    for point in points { for row in point { kinds[row] = .untrained } }
    let copies = Neighbours.copies(in: matrix).filter { $0.count > 1 && norms[$0[0]] > 0 }
    for rows in copies { for row in rows.dropFirst() where kinds[row] == nil { kinds[row] = .duplicate } }
    if 2 * kinds.count > matrix.rows { kinds = [:] }
    self.kinds = kinds
    identicalRows = copies.reduce(0) { $0 + $1.count }
    identicalSets = copies.count
    reservedRows = isReserved.count { $0 }
    reservedUntrained = kinds.count { $0.value == .untrained && isReserved[$0.key] }
    self.points = points.count
    spread = search.spread
    self.options = options
  }

  private static let fewestColumns = 8
}

/// Looks for places where many rows lie closer than trained rows do. Rows are known by their position in `rows`.
private struct ClumpSearch {
  private let matrix: Matrix<Float>
  private let rows: [Int]
  private let isReserved: [Bool]
  /// The rows' median distance from their centre.
  let spread: Double
  /// ρ².
  private let squaredRadius: Double
  private let options: UntrainedTokensOptions
  /// Each row's places along random directions about the centre, in units of the spread.
  private let places: Matrix<Float>

  private static let tables = 4
  private static let directions = 8
  /// Rows of a cell that are held against each other; candidates that are looked at.
  private static let sample = 64
  private static let mostCandidates = 64

  init(_ matrix: Matrix<Float>, rows: [Int], isReserved: [Bool], _ options: UntrainedTokensOptions) {
    (self.matrix, self.options) = (matrix, options)
    let centre = Self.centre(matrix, rows)
    let distances: [Double] = parallelMap(count: rows.count, chunk: 256) { position in
      Tensors.squaredDistance(
        matrix.elements.span.extracting(matrix.range(ofRow: rows[position])), centre.span
      ).squareRoot()
    }
    let spread = rows.isEmpty ? 0 : quantile(ofSorted: distances.sorted(), 0.5)
    // No place is shared with a row of quite another size.
    let near = rows.indices.filter { distances[$0] <= 1000 * spread }.map { rows[$0] }
    self.rows = near
    self.isReserved = near.map { isReserved[$0] }
    self.spread = spread
    squaredRadius = options.radius * spread * options.radius * spread
    places = Self.places(matrix, near, centre, unit: spread, seed: options.seed)
  }

  /// The median of each column over a sample of the rows.
  private static func centre(_ matrix: Matrix<Float>, _ rows: [Int]) -> [Float] {
    let step = max(rows.count / 1000, 1)
    let sample = stride(from: 0, to: rows.count, by: step).map { rows[$0] }
    guard !sample.isEmpty else { return Array(repeating: 0, count: matrix.columns) }
    return parallelMap(count: matrix.columns, chunk: 16) { column in
      sample.map { matrix[$0, column] }.sorted()[sample.count / 2]
    }
  }

  /// Products with directions of normal numbers: of rows that lie Δ apart they differ by Δ, root mean square.
  private static func places(
    _ matrix: Matrix<Float>, _ rows: [Int], _ centre: [Float], unit: Double, seed: UInt64
  ) -> Matrix<Float> {
    let width = tables * directions
    var random = SeededRandom(seed: seed ^ 0x4D41_4749_4B41_5250)
    let normals = (0..<width * matrix.columns).map { _ in Float(random.normal()) }
    guard matrix.columns > 0, unit > 0 else { return Matrix(rows: rows.count, columns: width, repeating: 0) }
    return withSingleThreadedBLAS {
      .parallelRows(rows: rows.count, columns: width, chunk: 512) { part, block in
        // Sizes of rows may be anything that a Float holds; products are taken of rows near 1.
        var scaled = [Float](repeating: 0, count: part.count * matrix.columns)
        let source = matrix.elements.span
        for (local, position) in part.enumerated() {
          let start = rows[position] * matrix.columns
          for column in 0..<matrix.columns {
            scaled[local * matrix.columns + column] = Float(
              (Double(source[start + column]) - Double(centre[column])) / unit)
          }
        }
        multiplyTile(scaled.span, normals.span, columns: matrix.columns, into: &block)
      }
    }
  }

  /// The rows at each point, ascending.
  func points() -> [[Int]] {
    let cells = cells()
    let candidates: [[Int]?] = parallelMap(count: cells.count, chunk: 64) { candidate(in: cells[$0]) }
    var points: [[Int]] = []
    var known: Set<Int> = []
    var looked = 0
    for case .some(let candidate) in candidates
    where looked < Self.mostCandidates && !known.contains(candidate[0]) {
      looked += 1
      guard let point = point(around: candidate) else { continue }
      points.append(point.map { rows[$0] })
      known.formUnion(point)
    }
    return points
  }

  /// Positions that share a cell of steps of the spread, which is the rows' standard deviation in a direction; the fullest
  /// cells first.
  private func cells() -> [[Int]] {
    var random = SeededRandom(seed: options.seed)
    let offsets = (0..<places.columns).map { _ in random.uniform() }
    let cells = (0..<Self.tables).flatMap { table in
      let columns = table * Self.directions..<(table + 1) * Self.directions
      var members: [UInt64: [Int]] = [:]
      for position in rows.indices {
        var key: UInt64 = 0xCBF2_9CE4_8422_2325
        for column in columns {
          let place = (Double(places[position, column]) + offsets[column]).rounded(.down)
          key = (key ^ UInt64(bitPattern: Int64(place))) &* 0x0000_0100_0000_01B3
        }
        members[key, default: []].append(position)
      }
      return members.values.filter { $0.count > 1 }
    }
    return cells.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
  }

  /// The positions of a cell that lie within 2ρ of one of them, if they are enough; that one first.
  private func candidate(in cell: [Int]) -> [Int]? {
    // Reserved rows first: where there are any, the point is theirs.
    let sample = Array((cell.filter { isReserved[$0] } + cell.filter { !isReserved[$0] }).prefix(Self.sample))
    var near = sample.map { [$0] }
    for i in sample.indices {
      for j in i + 1..<max(sample.count, i + 1) where isNear(sample[i], sample[j]) {
        near[i].append(sample[j])
        near[j].append(sample[i])
      }
    }
    return near.max { $0.count < $1.count }.flatMap { isEnough($0) ? $0 : nil }
  }

  private func isEnough(_ members: [Int]) -> Bool {
    members.count >= options.fewest || members.count >= 2 && members.contains { isReserved[$0] }
  }

  /// Whether two rows lie within 2ρ; most that do not are known by their places.
  private func isNear(_ position: Int, _ other: Int) -> Bool {
    let apart = Self.squaredDistance(places, position, other) / Double(places.columns)
    guard apart <= 12 * options.radius * options.radius else { return false }
    return Self.squaredDistance(matrix, rows[position], rows[other]) <= 4 * squaredRadius
  }

  private static func squaredDistance(_ matrix: Matrix<Float>, _ row: Int, _ other: Int) -> Double {
    let elements = matrix.elements.span
    return Tensors.squaredDistance(
      elements.extracting(matrix.range(ofRow: row)), elements.extracting(matrix.range(ofRow: other)))
  }

  /// The positions within ρ of the candidate's median, where they are enough and stand alone.
  private func point(around candidate: [Int]) -> [Int]? {
    let centre = (0..<matrix.columns).map { column in
      candidate.map { matrix[rows[$0], column] }.sorted()[candidate.count / 2]
    }
    let distances: [Double] = parallelMap(count: rows.count, chunk: 256) { position in
      Tensors.squaredDistance(
        matrix.elements.span.extracting(matrix.range(ofRow: rows[position])), centre.span)
    }
    let members = rows.indices.filter { distances[$0] <= squaredRadius }
    let around = distances.count { $0 <= 4 * squaredRadius }
    return isEnough(members) && 2 * around <= 3 * members.count ? members : nil
  }
}
