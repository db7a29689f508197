import Foundation
import Geometry
import Statistics
import Tensors
import Testing
import Tokenizers
import Vocabularies

/// Two spaces that share half of what they are, the first narrower and away from the origin.
private struct Spaces {
  var a: Matrix<Float>
  var b: Matrix<Float>
  let unembedding: RowCovariance

  init(seed: UInt64) throws {
    let latent = gaussian(90, 4, seed: seed)
    func space(_ width: Int, _ part: UInt64) -> Matrix<Float> {
      var rows = product(latent, gaussian(4, width, seed: seed + part))
      let noise = gaussian(90, width, seed: seed + part + 1, shift: 0.4)
      for i in rows.elements.indices { rows.elements[i] = 0.6 * rows.elements[i] + noise.elements[i] }
      return rows
    }
    (a, b) = (space(5, 100), space(6, 200))
    unembedding = try RowCovariance(product(gaussian(70, 5, seed: seed + 300), gaussian(5, 5, seed: 301)))
  }
}

extension Spaces {
  /// The same with one space transformed.
  func moved(_ side: Side, _ transformation: Transformation, seed: UInt64) -> Spaces {
    var moved = self
    if side == .first {
      moved.a = transformation.applied(to: a, seed: seed)
    } else {
      moved.b = transformation.applied(to: b, seed: seed)
    }
    return moved
  }
}

extension Transformation {
  func applied(to matrix: Matrix<Float>, seed: UInt64) -> Matrix<Float> {
    let d = matrix.columns
    var random = SeededRandom(seed: seed + 7)
    var rows = matrix
    switch self {
    case .orthogonal: return product(matrix, orthonormalRows(d, d, seed: seed))
    case .scaling: for i in rows.elements.indices { rows.elements[i] *= 3.7 }
    case .translation:
      for i in rows.elements.indices { rows.elements[i] += [1.5, -0.7, 2.0, 0.3, -1.1, 0.8][i % d] }
    case .invertibleLinear:
      var map = orthonormalRows(d, d, seed: seed)
      for i in map.elements.indices { map.elements[i] *= [0.4, 2.5, 1, 4, 0.7, 1.5][i % d] }
      return product(matrix, product(map, orthonormalRows(d, d, seed: seed + 1)))
    case .dimensionPermutation:
      return matrix.transposed().selecting(rows: (0..<d).map { ($0 + 2) % d }).transposed()
    case .rowScaling:
      for row in 0..<rows.rows {
        let factor = Float(0.2 + 3 * random.uniform())
        for i in rows.range(ofRow: row) { rows.elements[i] *= factor }
      }
    }
    return rows
  }
}

extension Spaces {
  /// The words of the rows, and which of them are related.
  static let tokens = (0..<90).map { id in
    let text = " \(words[id])"
    return Token(id: id, form: text, bytes: Array(text.utf8), kind: .normal)
  }
  static let words = (0..<90).map { letters($0) }
  /// Of every fifth word it is known that it is related to every third of them.
  static let relations: RelationFile? = {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).tsv")
    defer { try? FileManager.default.removeItem(at: file) }
    let lines = stride(from: 0, to: 90, by: 5).flatMap { word in
      stride(from: word + 15, to: 90, by: 15).map { "\(words[word])\t\(words[$0])\n" }
    }
    try? Data(lines.joined().utf8).write(to: file)
    return try? RelationFile(path: file.path)
  }()

  static var options: MeasureOptions {
    var options = MeasureOptions()
    (options.neighbours, options.dimensionNeighbours) = (6, 15)
    options.spearman = .sampled(pairs: 2000)
    (options.resampling.bootstrapSamples, options.resampling.permutations) = (2, 1)
    options.resampling.halfSplits = 2
    (options.linear.svccaVariance, options.linear.permutations) = (0.9, 0)
    options.linear.gulpLambdas = [0, 0.01]
    options.relations = relations
    return options
  }

  var pair: PairBench {
    PairBench(
      SpaceBench("first", a, tokens: Self.tokens), SpaceBench("second", b, tokens: Self.tokens), Self.options)
  }
}

/// One number with what it cannot see.
private struct Row: Sendable, CustomTestStringConvertible {
  let name: String
  let invariance: Invariance
  let value: @Sendable (Spaces) throws -> Double?

  var testDescription: String { name }

  /// Every number of the list of measures, of raw rows and of the first space.
  static let all: [Row] = Measures.all.flatMap { rows($0) }

  private static func rows<M: Measure>(_ measure: M.Type) -> [Row] {
    M.metrics(Spaces.options).compactMap { metric in
      metric.invariance.map { invariance in
        Row(name: "\(M.name): \(metric.key)", invariance: invariance) { spaces in
          try value(metric, try finding(measure, of: spaces))
        }
      }
    }
  }

  private static func value<Finding>(_ metric: Metric<Finding>, _ finding: any Sendable) throws -> Double? {
    metric.value(try #require(finding as? Finding))?.value
  }

  private static func finding<M: Measure>(_ measure: M.Type, of spaces: Spaces) throws -> any Sendable {
    switch measure as any Measure.Type {
    case let measure as any PairMeasure.Type: try measure.measure(spaces.pair)
    case let measure as any SpaceMeasure.Type: try measure.measure(spaces.pair.view(.first))
    default: try #require(nil as (any Sendable)?, "\(M.name) measures neither a pair nor a space")
    }
  }

  /// The first space in a gauge against the second as it is.
  static let gauges = Gauge.allCases.map { gauge in
    Row(name: gauge.words, invariance: gauge.invariance) { spaces in
      let rows = try gauge.applied(to: spaces.a, unembedding: spaces.unembedding)
      return try RelativeOrientation(rows, spaces.b, Spaces.options.orientationOfGauges).pearson.value
    }
  }
}

extension MeasureOptions {
  fileprivate var orientationOfGauges: RelativeOrientationOptions {
    var options = RelativeOrientationOptions()
    options.spearman = .sampled(pairs: 0)
    return options
  }
}

@Suite struct InvarianceTests {
  /// Every number under every transformation: the same value where it is said to be blind, another value for at
  /// least one seed where it is not.
  @Test(arguments: Row.all + Row.gauges)
  fileprivate func whatIsSaidHolds(row: Row) throws {
    for transformation in Transformation.allCases {
      var largest = 0.0
      for seed in UInt64(1)...3 {
        let spaces = try Spaces(seed: seed * 1000)
        let moved = spaces.moved(row.invariance.side, transformation, seed: seed)
        let before = try #require(try row.value(spaces))
        let change = abs(try #require(try row.value(moved)) - before)
        if row.invariance.blindTo.contains(transformation) {
          #expect(change < 2e-4 * max(1, abs(before)), "\(transformation), seed \(seed)")
        }
        largest = max(largest, change / max(1, abs(before)))
      }
      if !row.invariance.blindTo.contains(transformation) {
        #expect(largest > 2e-3, "\(transformation) should change the value")
      }
    }
  }

  /// Sizes that Floats hold and their squares do not.
  @Test(arguments: (Row.all + Row.gauges).filter { $0.invariance.blindTo.contains(.scaling) })
  fileprivate func anyUnitWillDo(row: Row) throws {
    let spaces = try Spaces(seed: 3000)
    let before = try #require(try row.value(spaces))
    for scale in [1e-25, 1e-12, 1e12, 1e25] {
      var moved = spaces
      for i in spaces.a.elements.indices { moved.a.elements[i] = Float(Double(spaces.a.elements[i]) * scale) }
      for i in spaces.b.elements.indices { moved.b.elements[i] = Float(Double(spaces.b.elements[i]) * scale) }
      let after = try #require(try row.value(moved), "at \(scale)")
      #expect(abs(after - before) < 2e-4 * max(1, abs(before)), "at \(scale)")
    }
  }

  /// One row of another size than all others: a number or a reason, never NaN.
  @Test(arguments: Row.all + Row.gauges)
  fileprivate func oneHeavyRowIsMeasuredOrRefused(row: Row) throws {
    for factor in [1e6, 1e19, 1e37] {
      var spaces = try Spaces(seed: 4000)
      for i in spaces.a.range(ofRow: 7) {
        spaces.a.elements[i] = Float(Double(spaces.a.elements[i]) * factor)
      }
      if let value = try row.value(spaces) { #expect(value.isFinite, "at \(factor)") }
    }
  }

  /// What two-sided measures cannot see of one space, they cannot see of the other.
  @Test(arguments: Row.all)
  fileprivate func eitherSide(row: Row) throws {
    let spaces = try Spaces(seed: 5000)
    let before = try #require(try row.value(spaces))
    for side in Side.allCases {
      for transformation in row.invariance.blindTo.sorted(by: { $0.rawValue < $1.rawValue }) {
        let after = try #require(try row.value(spaces.moved(side, transformation, seed: 3)))
        #expect(abs(after - before) < 2e-4 * max(1, abs(before)), "\(side), \(transformation)")
      }
    }
  }

  /// The remarks that a transformation of one side can check.
  @Test func remarksHold() throws {
    let spaces = try Spaces(seed: 9000)
    let map = Transformation.invertibleLinear
    let (movedA, movedB) = (spaces.moved(.first, map, seed: 1), spaces.moved(.second, map, seed: 1))
    func same(_ name: String, _ moved: Spaces) throws {
      let row = try #require((Row.all + Row.gauges).first { $0.name == name })
      #expect(isClose(try row.value(moved), try row.value(spaces), 2e-4), "\(name)")
    }
    try same("linear_similarity: pwcca", movedB)
    try same("linear_similarity: regression_a_from_b", movedB)
    try same("linear_similarity: regression_b_from_a", movedA)
    let moved = spaces.moved(.first, .translation, seed: 1)
    try same("locally_linear: rebuilt_a", moved)
    let overlaps = try [spaces, moved].map {
      MutualNeighbours(
        try Neighbours.graph(of: $0.a, k: 6, metric: .euclidean),
        try Neighbours.graph(of: $0.b, k: 6, metric: .euclidean), Spaces.options.resampling
      ).perToken
    }
    #expect(overlaps[0] == overlaps[1])
    var local = IntrinsicDimensionOptions()
    (local.k, local.threshold, local.nullTokens, local.metric) = (15, 0.8, 0, .euclidean)
    let dimensions = try [spaces, moved].map { try IntrinsicDimension($0.a, local).dimensions }
    #expect(dimensions[0] == dimensions[1])
    var (shifted, stretched) = (spaces, spaces)
    for i in spaces.a.elements.indices {
      shifted.a.elements[i] += Float(i / 5 % 7)
      stretched.a.elements[i] *= Float(1 + i % 5)
    }
    let scaled = Transformation.scaling.applied(to: spaces.a, seed: 1)
    let scores = try [spaces.a, scaled].map { try #require(try IsoScoreStar($0).isoScore.value) }
    #expect(abs(scores[0] - scores[1]) > 1e-3)
    try same("representational_similarity: rsa", shifted)
    try same("standardised", stretched)
  }

  /// What a study does not print by a name of its own, but has the same blindness.
  @Test func formsThatAreNotPrinted() throws {
    let spaces = try Spaces(seed: 6000)
    var options = Spaces.options.linear
    options.shapeAlphas = [1]
    func values(_ spaces: Spaces) throws -> [Double?] {
      let (a, b) = (spaces.a, spaces.b)
      let shape = try ShapeDistance(a, b, options).shapes[0]
      let gulp = try Gulp(a, b, options).regressions[1]
      return [
        shape.similarity.value, shape.euclidean.value, gulp.distance.value,
        try CanonicalCorrelation(a, b, options).meanSquaredCCA.value,
        TwoNN(try Neighbours.graph(of: a, k: 2, metric: .euclidean)).maximumLikelihood.value,
        try CKA(a, b).biased.value,
      ]
    }
    let before = try values(spaces)
    for transformation in [Transformation.orthogonal, .scaling, .translation] {
      let after = try values(spaces.moved(.first, transformation, seed: 2))
      for (one, other) in zip(before, after) { #expect(isClose(other, one, 2e-4), "\(transformation)") }
    }
    let exact = try AllPairsSpearman(spaces.a, spaces.b).correlation.value
    let lengths = spaces.moved(.first, .rowScaling, seed: 2)
    #expect(isClose(try AllPairsSpearman(lengths.a, lengths.b).correlation.value, exact, 2e-4))
  }
}

/// The repository, from this file's place in it.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Suite struct InvarianceDocumentTests {
  @Test func theDocumentIsTheList() throws {
    let file = root.appending(path: "docs/invariances.md")
    if ProcessInfo.processInfo.environment["SEXTANT_WRITE_DOCS"] != nil {
      try Measures.invariances.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == Measures.invariances,
      "write it anew with SEXTANT_WRITE_DOCS=1")
  }
}
