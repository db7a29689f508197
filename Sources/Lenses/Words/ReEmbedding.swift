import Checkpoints
import Tensors
import Tokenizers
import Transformers

/// Brings an answer back to the place of the points: the weighted mean of its words' rows in the same model's input embedding, or of
/// their states at the point's layer when the model reads the answer by itself.
struct ReEmbedding: Sendable {
  let model: Model
  let place: PatchPlace
  let site: ActivationPoint
  let content: ContentWords
  /// The mean row of the tokens with content; nil where points are states, which are centred on the points at hand.
  private let meanRow: [Double]?

  init(_ model: Model, at place: PatchPlace) throws(WordsError) {
    (self.model, self.place) = (model, place)
    site = try place.site(in: model)
    let content = ContentWords(model.tokenizer)
    self.content = content
    guard place == .inputEmbedding else {
      meanRow = nil
      return
    }
    let ids = content.weights.indices.filter { content.weights[$0] > 0 }
    var sums = [Double](repeating: 0, count: model.configuration.width)
    for start in stride(from: 0, to: ids.count, by: 8192) {
      let part = Array(ids[start..<min(ids.count, start + 8192)])
      let rows = try wordsErrors { () throws(TransformerError) in try model.inputRows(of: part) }
      for row in 0..<rows.rows {
        let span = rows.elements.span.extracting(rows.range(ofRow: row))
        for column in sums.indices { sums[column] += Double(span[column]) }
      }
    }
    meanRow = sums.map { $0 / Double(max(1, ids.count)) }
  }

  /// The rows of the answers' tokens, or their states: one pass over all answers.
  func read(_ answers: [[Int]]) throws(WordsError) -> ReadAnswers {
    let begin = place == .inputEmbedding ? [] : beginning
    let present = answers.filter { !$0.isEmpty }
    let none = Matrix<Float>(rows: 0, columns: 0, elements: [])
    guard !present.isEmpty else {
      return ReadAnswers(answers: answers, states: none, starts: answers.map { _ in 0 })
    }
    let states = try wordsErrors { () throws(TransformerError) in
      place == .inputEmbedding
        ? try model.inputRows(of: present.flatMap(\.self))
        : try model.activations(present.map { begin + $0 }, at: [site], positions: .all)[site] ?? none
    }
    var starts: [Int] = []
    var next = 0
    for answer in answers {
      starts.append(next + begin.count)
      if !answer.isEmpty { next += begin.count + answer.count }
    }
    return ReadAnswers(answers: answers, states: states, starts: starts)
  }

  /// For every answer the mean of its content, `Σ w t / Σ w` over its tokens; nil where no word is left.
  ///
  /// - Parameter copied: words that do not count.
  func embedded(_ read: ReadAnswers, without copied: [String] = []) -> [[Double]?] {
    zip(read.answers, read.starts).map { answer, start in
      let positions = content.words(of: answer).filter { word in
        !copied.contains { ContentWords.isCopy(word.text, of: $0) }
      }.flatMap(\.positions)
      return Self.mean(
        read.states, positions.map { start + $0 }, positions.map { Double(content.weights[answer[$0]]) })
    }
  }

  /// What an answer is read behind: the begin of sequence, or a new line where the model has none. The first position of a text is
  /// attention's sink, whose state tells nothing of its token.
  private var beginning: [Int] {
    let begin = model.tokenizer.encodeStart("")
    return begin.isEmpty ? model.tokenizer.encode("\n", addingSpecial: false) : begin
  }

  private static func mean(_ states: Matrix<Float>, _ rows: [Int], _ weights: [Double]) -> [Double]? {
    let total = weights.reduce(0, +)
    guard total > 0 else { return nil }
    var mean = [Double](repeating: 0, count: states.columns)
    for (row, weight) in zip(rows, weights) {
      let span = states.elements.span.extracting(states.range(ofRow: row))
      for column in mean.indices { mean[column] += weight / total * Double(span[column]) }
    }
    return mean
  }

  /// The points to rank among, ready for cosines.
  ///
  /// Centred on the mean row, or on their own mean; states also in units of each coordinate's deviation, since a few coordinates of
  /// the residual stream are many times as large as all others. Every point has the same part in both.
  /// - Parameter references: re-embedded answers to points that are not among these.
  func frame(_ points: Matrix<Float>, references: [[Double]]) -> PointFrame {
    let n = Double(points.rows)
    var mean = meanRow ?? Array(repeating: 0, count: points.columns)
    var deviation = [Double](repeating: 1, count: points.columns)
    if meanRow == nil {
      for column in mean.indices {
        let values = (0..<points.rows).map { Double(points[$0, column]) }
        mean[column] = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean[column]) * ($1 - mean[column]) } / n
        deviation[column] = variance > 0 ? variance.squareRoot() : 1
      }
    }
    return PointFrame(mean: mean, deviation: deviation, points: points, references: references)
  }
}

/// Answers, and what ``ReEmbedding`` takes means of.
struct ReadAnswers: Sendable {
  let answers: [[Int]]
  /// A row a token, answer after answer.
  let states: Matrix<Float>
  /// The row of each answer's first token.
  let starts: [Int]
}

/// Points in common units, and how like each of them answers are in general.
struct PointFrame: Sendable {
  private let mean: [Double]
  private let deviation: [Double]
  private let directions: [[Double]]
  private let references: [[Double]]
  /// The mean cosine of every point with the reference answers.
  private var general: [Double] = []

  init(mean: [Double], deviation: [Double], points: Matrix<Float>, references: [[Double]]) {
    (self.mean, self.deviation, self.references) = (mean, deviation, references)
    directions = (0..<points.rows).map { row in
      Self.direction(points.row(row).map(Double.init), mean, deviation)
    }
    let cosines = references.map(cosines)
    general = directions.indices.map { point in
      cosines.reduce(0) { $0 + $1[point] } / Double(max(1, cosines.count))
    }
  }

  /// Other points in the same units.
  func with(_ points: Matrix<Float>) -> PointFrame {
    PointFrame(mean: mean, deviation: deviation, points: points, references: references)
  }

  private static func direction(_ x: [Double], _ mean: [Double], _ deviation: [Double]) -> [Double] {
    let centred = x.indices.map { (x[$0] - mean[$0]) / deviation[$0] }
    let norm = centred.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return norm > 0 ? centred.map { $0 / norm } : centred
  }

  /// How much nearer an answer is to every point than answers to other points are, as a difference of cosines: a point that lies near
  /// everything (a hub) gains nothing from it.
  func scores(_ x: [Double]) -> [Double] { zip(cosines(x), general).map { $0 - $1 } }

  private func cosines(_ x: [Double]) -> [Double] {
    let x = Self.direction(x, mean, deviation)
    return directions.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
