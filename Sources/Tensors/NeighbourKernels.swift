internal import CKernels

/// A pair of rows whose score reaches a limit.
public struct ScoreHit: Sendable, Equatable {
  /// Positions in the two blocks.
  public let row: Int
  public let column: Int
  public let score: Float
}

/// One side of a block of scores: what is subtracted from a row's products, and the score from which on the row wants to know.
public struct ScoreSide: Sendable {
  /// One for each row; `infinity` never wants to know.
  public var limits: [Float]
  /// One for each row: half the squared norm for distances, zero for cosines.
  public var halves: [Float]

  /// - Precondition: as many limits as halves.
  public init(limits: [Float], halves: [Float]) {
    precondition(limits.count == halves.count, "\(limits.count) limits, \(halves.count) halves")
    self.limits = limits
    self.halves = halves
  }
}

/// Room for the hits of one block of scores, used again and again.
public struct ScoreHits: ~Copyable {
  private var room: [sextant_hit] = []
  public private(set) var count = 0

  public init() {}

  public subscript(index: Int) -> ScoreHit {
    let hit = room[index]
    return ScoreHit(row: Int(hit.row), column: Int(hit.column), score: hit.score)
  }

  /// Calls a kernel with room for every pair of two blocks.
  fileprivate mutating func fill(
    _ a: ScoreSide, _ b: ScoreSide,
    _ kernel: (UnsafePointer<sextant_limits>, UnsafeMutablePointer<sextant_hit>) -> Int
  ) {
    precondition(
      a.limits.count <= 1 << 16 && b.limits.count <= 1 << 16,
      "blocks of \(a.limits.count) and \(b.limits.count) rows, 65536 at most")
    // A kernel may write one hit more before it finds that it is none.
    let needed = a.limits.count * b.limits.count + 1
    if room.count < needed {
      room = [sextant_hit](repeating: sextant_hit(row: 0, column: 0, score: 0), count: needed)
    }
    count = unsafe room.withUnsafeMutableBufferPointer { room in
      unsafe a.limits.withUnsafeBufferPointer { limitA in
        unsafe b.limits.withUnsafeBufferPointer { limitB in
          unsafe a.halves.withUnsafeBufferPointer { halfA in
            unsafe b.halves.withUnsafeBufferPointer { halfB in
              guard let room = room.baseAddress else { return 0 }
              var limits = unsafe sextant_limits(
                limit_a: limitA.baseAddress, limit_b: limitB.baseAddress, half_a: halfA.baseAddress,
                half_b: halfB.baseAddress)
              return unsafe kernel(&limits, room)
            }
          }
        }
      }
    }
  }
}

/// Scores of f32 rows: s = ⟨aᵢ, bⱼ⟩ - halfᵢ - halfⱼ.
///
/// A product's bits depend on the two rows alone, not on the block they stand in: sixteen lanes, each the sum of every
/// sixteenth product in ascending order, lanes added half to half. `innerProducts(of:with:…)` gives the same bits.
///
/// - Parameters: blocks of rows of `stride` numbers, a multiple of sixteen.
/// - Precondition: one limit for each row of a block.
public func scoreHits(
  _ a: Span<Float>, _ sideA: ScoreSide, _ b: Span<Float>, _ sideB: ScoreSide, stride: Int,
  into hits: inout ScoreHits
) {
  precondition(
    stride % 16 == 0 && a.count == sideA.limits.count * stride && b.count == sideB.limits.count * stride,
    "\(a.count) and \(b.count) numbers for \(sideA.limits.count) and \(sideB.limits.count) rows of \(stride)")
  unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in
      unsafe hits.fill(sideA, sideB) { limits, room in
        unsafe sextant_hits(
          a.baseAddress, sideA.limits.count, b.baseAddress, sideB.limits.count, stride, limits, room)
      }
    }
  }
}

/// `out[i] = ⟨query, scales[rows[i]] · xᵣ⟩` for rows xᵣ of a matrix; bits as of ``scoreHits(_:_:_:_:stride:into:)``.
///
/// - Precondition: the rows exist, one scale for each, and a query as wide as the matrix.
public func innerProducts(
  of query: Span<Float>, with matrix: Matrix<Float>, scales: Span<Float>, rows: [Int32]
) -> [Float] {
  precondition(
    query.count == matrix.columns && scales.count == matrix.rows
      && rows.allSatisfy { $0 >= 0 && $0 < matrix.rows },
    "a query of \(query.count) numbers and \(scales.count) scales for \(matrix.rows) x \(matrix.columns)")
  let columns = matrix.columns
  return unsafe [Float](unsafeUninitializedCapacity: rows.count) { out, count in
    unsafe query.withUnsafeBufferPointer { query in
      unsafe scales.withUnsafeBufferPointer { scales in
        unsafe matrix.elements.withUnsafeBufferPointer { base in
          unsafe rows.withUnsafeBufferPointer { rows in
            unsafe sextant_scores(
              query.baseAddress, base.baseAddress, columns, scales.baseAddress, rows.baseAddress, rows.count,
              out.baseAddress)
          }
        }
      }
    }
    count = rows.count
  }
}

/// Rows rounded to bf16, in groups of sixteen as the processor's bf16 products take them: half the memory of f32.
public struct HalfRows: Sendable {
  /// Whether this processor multiplies bf16 numbers.
  public static let isSupported = sextant_multiplies_bf16() != 0

  /// Rows of a group.
  public static let group = 16
  public let rows: Int
  /// Norm of each row before rounding, and of what rounding cut off.
  public let norms: [Float]
  public let errors: [Float]
  private let words: [UInt32]
  private let pairs: Int

  /// Rounds `scale · (x - shift)` for the given rows.
  ///
  /// - Parameters:
  ///   - scales: one for each row of the matrix.
  ///   - shift: subtracted from every row; empty for none.
  public init(_ matrix: Matrix<Float>, rows selected: [Int], scales: [Float], shift: [Float]) {
    precondition(
      scales.count == matrix.rows && (shift.isEmpty || shift.count == matrix.columns),
      "\(scales.count) scales and \(shift.count) shifts for \(matrix.rows) x \(matrix.columns)")
    rows = selected.count
    let pairs = (matrix.columns + 1) / 2
    let groupWords = pairs * Self.group
    let groups = (selected.count + Self.group - 1) / Self.group
    var norms = [Float](repeating: 0, count: selected.count)
    var errors = norms
    words = unsafe [UInt32](unsafeUninitializedCapacity: groups * groupWords) { words, count in
      unsafe words.initialize(repeating: 0)
      nonisolated(unsafe) let words = unsafe words
      let lengths: [[(Float, Float)]] = parallelMap(count: groups) { group in
        let range = group * Self.group..<min((group + 1) * Self.group, selected.count)
        return range.map { position in
          unsafe Self.pack(
            matrix, selected[position], scales, shift, into: words.baseAddress! + group * groupWords,
            lane: position - range.lowerBound)
        }
      }
      for (position, length) in lengths.joined().enumerated() {
        (norms[position], errors[position]) = length
      }
      count = groups * groupWords
    }
    self.pairs = pairs
    self.norms = norms
    self.errors = errors
  }

  private static func pack(
    _ matrix: Matrix<Float>, _ row: Int, _ scales: [Float], _ shift: [Float],
    into words: UnsafeMutablePointer<UInt32>, lane: Int
  ) -> (Float, Float) {
    var length = 0.0
    let cut = unsafe matrix.elements.withUnsafeBufferPointer { elements in
      unsafe shift.withUnsafeBufferPointer { shift in
        unsafe sextant_pack_bf16(
          elements.baseAddress! + row * matrix.columns, shift.isEmpty ? nil : shift.baseAddress, scales[row],
          matrix.columns, words, lane, &length)
      }
    }
    return (Float(length.squareRoot()).nextUp, Float(cut.squareRoot()).nextUp)
  }

  /// Scores of two blocks of rows, from bf16 products that are exact and summed in f32.
  ///
  /// With rounding errors e of the rows, |s̃ - s| ≤ |eᵢ||bⱼ| + |ãᵢ||eⱼ| + 2 d 2⁻²⁴ |ãᵢ||b̃ⱼ| before the halves are
  /// subtracted (Cauchy–Schwarz, and the sum's own rounding).
  ///
  /// - Precondition: blocks begin at a multiple of ``group`` and one limit for each of their rows, padded to whole groups;
  ///   the processor multiplies bf16.
  public func scoreHits(
    _ block: Range<Int>, _ side: ScoreSide, with other: HalfRows, _ otherBlock: Range<Int>,
    _ otherSide: ScoreSide, into hits: inout ScoreHits
  ) {
    precondition(Self.isSupported && pairs == other.pairs, "\(2 * pairs) and \(2 * other.pairs) columns")
    let (a, b) = (groups(block, side), other.groups(otherBlock, otherSide))
    let groupWords = pairs * Self.group
    unsafe words.withUnsafeBufferPointer { wordsA in
      unsafe other.words.withUnsafeBufferPointer { wordsB in
        unsafe hits.fill(side, otherSide) { limits, room in
          guard let baseA = wordsA.baseAddress, let baseB = wordsB.baseAddress else { return 0 }
          return unsafe sextant_bf16_hits(
            baseA + a.lowerBound * groupWords, a.count, baseB + b.lowerBound * groupWords, b.count, pairs,
            limits,
            room)
        }
      }
    }
  }

  private func groups(_ block: Range<Int>, _ side: ScoreSide) -> Range<Int> {
    precondition(
      block.lowerBound % Self.group == 0 && block.lowerBound >= 0 && block.upperBound <= rows,
      "rows \(block) of \(rows) in groups of \(Self.group)")
    let groups = block.lowerBound / Self.group..<(block.upperBound + Self.group - 1) / Self.group
    precondition(
      side.limits.count == groups.count * Self.group,
      "\(side.limits.count) limits for \(groups.count) groups of \(Self.group)")
    return groups
  }
}
