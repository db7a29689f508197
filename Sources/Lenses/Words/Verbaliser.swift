import Checkpoints
import Foundation
import Statistics
import Tensors
import Tokenizers
public import Transformers

/// A model that says in words what points of one place mean, each answer beside its controls.
///
/// The point takes the place of a word in a prompt and the model goes on (SelfIE, Chen et al. 2024, arXiv 2403.10949; Patchscopes,
/// Ghandeharioun et al. 2024, arXiv 2401.06102). Such text can come from the prompt alone (arXiv 2509.13316), so the same
/// prompt is answered with no point, with another point and with the point shuffled, and every answer is judged by how well it
/// tells the point from others.
public struct Verbaliser: Sendable {
  public let model: Model
  public let place: PatchPlace
  public let prompt: WordsPrompt
  public let options: WordsOptions
  private let others: PointSample
  private let placed: PlacedPrompt
  private let site: ActivationPoint
  private let standing: [Float]
  /// What comes before the placeholder, run once.
  private let beginning: KeyValueCache
  private let stops: Set<Int>
  private let embedding: ReEmbedding
  /// Re-embedded answers to `options.references` points that no point is ranked among.
  private var references: [[Double]] = []

  /// Cost: one pass over the prompt, `options.references` short continuations, and one look at the embedding where points are rows.
  /// - Parameter others: at least ``WordsOptions/pointsNeeded``.
  /// - Throws: ``WordsError`` for a place, a prompt or others that do not fit.
  public init(
    _ model: Model, others: PointSample, options: WordsOptions = WordsOptions()
  ) throws(WordsError) {
    try options.validate()
    (self.model, self.others, self.options) = (model, others, options)
    place = others.place
    site = try place.site(in: model)
    guard others.points.columns == model.configuration.width else {
      throw .width(expected: model.configuration.width, actual: others.points.columns)
    }
    let needed = options.pointsNeeded
    guard others.points.rows >= needed else {
      throw .others(expected: needed, actual: others.points.rows)
    }
    prompt = options.prompt ?? .standard(for: model)
    let placed = try prompt.placed(in: model.tokenizer)
    self.placed = placed
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    let site = site
    (beginning, standing) = try wordsErrors { () throws(TransformerError) in
      if placed.position > 0 {
        _ = try model.forward([Array(placed.tokens[..<placed.position])], cache: &cache)
      }
      let states = try model.activations(
        [Array(placed.tokens[...placed.position])], at: [site], positions: .last)
      return (cache, states[site]?.elements ?? [])
    }
    stops = model.tokenizer.endOfTurn.union(
      model.tokenizer.vocabulary.lazy.filter { $0.bytes.contains(0x0A) }.map(\.id))
    embedding = try ReEmbedding(model, at: place)
    let answers = try answers(
      under: (0..<options.references).map { intervention(others.points.row($0)) }, samples: 0
    ).flatMap(\.self)
    references = embedding.embedded(try embedding.read(answers)).compactMap(\.self)
  }

  /// What the model says in the place of `point`, and its controls.
  ///
  /// Deterministic by `options.seed`. Cost: 4 (1 + samples) short continuations, and with the likelihood 4 (others + 1) passes
  /// over the placeholder and an answer.
  /// - Throws: ``WordsError`` for a point of another width, without direction or not finite.
  public func answer(for point: [Float]) throws(WordsError) -> AnswerInWords {
    let width = model.configuration.width
    guard point.count == width else { throw .width(expected: width, actual: point.count) }
    guard point.allSatisfy(\.isFinite) else { throw .point(reason: "holds a number that is not finite") }
    guard norm(point) > 0 else { throw .point(reason: "is zero, which has no direction") }
    let rows = (options.references..<others.points.rows).map { others.points.row($0) }.filter { $0 != point }
    let candidates = [point] + rows.dropFirst().prefix(options.others)
    let arms = interventions(for: point, another: rows[0])
    let texts = try answers(under: arms, samples: options.samples)
    let decoded = try decodedTokens(point)
    let copied = decoded.map { ContentWords.letters(model.tokenizer.decode([$0])) }.filter { !$0.isEmpty }
    let frame = embedding.frame(
      Matrix(rows: candidates.count, columns: width, elements: candidates.flatMap(\.self)),
      references: references)
    let judge = Judge(
      embedding: embedding, frame: frame, shuffled: frame.with(shuffles(of: point)), copied: copied,
      seed: options.seed)
    let likelihoods = try options.likelihood ? likelihoods(texts.map { $0[0] }, candidates) : nil
    var result: [ArmInWords] = []
    for (index, arm) in WordsArm.allCases.enumerated() {
      let judged = try judge.judged(texts[index])
      result.append(
        ArmInWords(
          arm: arm, answers: texts[index].map { answer($0, copied) }, identified: judged.whole,
          identifiedBeyondCopies: judged.beyondCopies, identifiedAmongShuffled: judged.amongShuffled,
          likelihood: likelihoods?[index]))
    }
    let scale = Double(place.scale(in: model))
    return AnswerInWords(
      place: place, prompt: prompt.name, promptText: placed.text, insertion: options.insertion,
      pointNorm: scale * norm(point), standingNorm: norm(standing),
      decodesTo: decoded.map { model.tokenizer.decode([$0]) }, others: others.words, arms: result)
  }

  // MARK: - Arms

  private func intervention(_ point: [Float]) -> Intervention {
    let scale = place.scale(in: model)
    return Intervention([
      options.insertion.edit(
        scale == 1 ? point : point.map { $0 * scale }, standing: standing, at: site,
        position: placed.position)
    ])
  }

  /// One an arm, in the order of ``WordsArm``.
  private func interventions(for point: [Float], another: [Float]) -> [Intervention] {
    WordsArm.allCases.map { arm in
      switch arm {
      case .point: return intervention(point)
      case .noPoint: return .none
      case .anotherPoint: return intervention(another)
      case .shuffled:
        var random = SeededRandom(seed: options.seed)
        return intervention(random.permutation(point.count).map { point[$0] })
      }
    }
  }

  /// The most probable answer and the drawn ones of every arm, as tokens.
  private func answers(under arms: [Intervention], samples: Int) throws(WordsError) -> [[[Int]]] {
    let tail = Array(placed.tokens[placed.position...])
    var drawing = GenerationOptions(
      maximumTokens: options.maximumTokens, temperature: 0, seed: options.seed, stopTokens: stops)
    return try wordsErrors { () throws(TransformerError) in
      let best = try model.generate(
        arms.map { _ in tail }, after: beginning, options: drawing, interventions: arms)
      drawing.temperature = options.temperature
      let repeated = arms.flatMap { Array(repeating: $0, count: samples) }
      let drawn = try model.generate(
        repeated.map { _ in tail }, after: beginning, options: drawing, interventions: repeated)
      return arms.indices.map { arm in
        [best[arm]] + drawn[arm * samples..<(arm + 1) * samples]
      }
    }
  }

  private func answer(_ tokens: [Int], _ copied: [String]) -> WordsAnswer {
    let words = embedding.content.words(of: tokens).map(\.text)
    return WordsAnswer(
      text: model.tokenizer.decode(tokens), tokens: tokens,
      copies: copied.filter { copy in words.contains { ContentWords.isCopy($0, of: copy) } })
  }

  /// The point, then `options.others` times its coordinates in random order.
  private func shuffles(of point: [Float]) -> Matrix<Float> {
    var random = SeededRandom(seed: options.seed &+ 1)
    let shuffled = (0..<options.others).flatMap { _ in
      random.permutation(point.count).map { point[$0] }
    }
    return Matrix(rows: options.others + 1, columns: point.count, elements: point + shuffled)
  }

  // MARK: - Likelihood

  /// Tokens of an answer whose likelihood counts: what a later one adds is mostly a repetition.
  private static let scoredTokens = 8

  /// Per arm, the rank of the point by the likelihood of the arm's answer.
  private func likelihoods(_ answers: [[Int]], _ candidates: [[Float]]) throws(WordsError) -> [Identified] {
    let interventions = candidates.map { intervention($0) }
    var result: [Identified] = []
    for answer in answers {
      guard !answer.isEmpty else {
        result.append(.notEvaluable(reason: "the answer is empty"))
        continue
      }
      let scores = try wordsErrors { () throws(TransformerError) in
        try model.logProbabilities(
          of: Continuation(prompt: placed.tokens, continuation: Array(answer.prefix(Self.scoredTokens))),
          under: interventions
        ).map { $0.reduce(0) { $0 + Double($1) } }
      }
      // ln of the mean probability under the others, which stands for p(answer).
      let best = scores.max() ?? 0
      let marginal =
        best + log(scores.dropFirst().reduce(0) { $0 + exp($1 - best) } / Double(scores.count - 1))
      result.append(.ranked(Identification([scores.map { $0 - marginal }], seed: options.seed)))
    }
    return result
  }

  // MARK: - What the point decodes to

  /// The tokens whose rows are nearest the point by cosine, or the logit lens's first: those that come to nine tenths of the best, at
  /// most ten.
  private func decodedTokens(_ point: [Float]) throws(WordsError) -> [Int] {
    let scores: [(id: Int, score: Double)] = try wordsErrors { () throws(TransformerError) in
      if place == .inputEmbedding {
        let products = model.products(withInputRows: point)
        let best = products.indices.sorted { products[$0] > products[$1] }.prefix(50)
        let rows = try model.inputRows(of: Array(best))
        return best.enumerated().map { (id: $1, score: Double(products[$1]) / norm(rows.row($0))) }
      }
      let logits = try model.unembed(Matrix(rows: 1, columns: point.count, elements: point))
      return logits.elements.indices.map { (id: $0, score: Double(logits.elements[$0])) }
    }
    let named = scores.filter { $0.id < model.tokenizer.namedCount }
    guard let best = named.map(\.score).max() else { return [] }
    let ranked = named.sorted { ($0.score, $1.id) > ($1.score, $0.id) }
    guard place == .inputEmbedding else { return ranked.prefix(1).map(\.id) }
    return ranked.prefix(10).filter { $0.score >= 0.9 * best }.map(\.id)
  }
}

/// Ranks a point by re-embedded answers.
private struct Judge {
  let embedding: ReEmbedding
  let frame: PointFrame
  let shuffled: PointFrame
  let copied: [String]
  let seed: UInt64

  func judged(
    _ answers: [[Int]]
  ) throws(WordsError) -> (whole: Identified, beyondCopies: Identified, amongShuffled: Identified) {
    let read = try embedding.read(answers)
    let whole = embedding.embedded(read)
    return (
      identified(whole, in: frame, otherwise: "no answer holds a word"),
      identified(
        embedding.embedded(read, without: copied), in: frame,
        otherwise: "no word is left but what the point decodes to"),
      identified(whole, in: shuffled, otherwise: "no answer holds a word")
    )
  }

  private func identified(
    _ embedded: [[Double]?], in frame: PointFrame, otherwise reason: String
  ) -> Identified {
    let scores = embedded.compactMap(\.self).map { frame.scores($0) }
    return scores.isEmpty ? .notEvaluable(reason: reason) : .ranked(Identification(scores, seed: seed))
  }
}
