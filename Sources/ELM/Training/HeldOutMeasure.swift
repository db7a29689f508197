internal import Distribution
internal import Domains
internal import Stores
internal import Tensors
internal import Training
internal import Transformers

/// What is found on validation items while something is trained: the loss, and how often an answer is told from others.
///
/// The loss falls also while texts get worse, so what is watched is a measure of texts. For items drawn by the seed,
/// the item's own answer a is ranked among those of others by
/// ```
/// s(a) = ln p(a | prompt, v) - ln p(a | prompt, mean vector)
/// ```
/// in which what any vector makes likely cancels. ``ElmRecord/Evaluation/identified`` is the share of items whose own
/// answer has the largest s; a tie counts as a miss. Chance is 1 in as many as there are answers.
struct HeldOutMeasure {
  private let lossExamples: [PseudoTokenExample]
  /// Each with the positions in ``answers`` of its own answer, first, and of others.
  private let items: [(example: PseudoTokenExample, answers: [Int])]
  private let answers: [[Int]]
  /// Standardised, those that are looked at.
  private let points: Matrix<Float>
  /// The row of each of their numbers.
  private let rows: [Int: Int]

  /// - Parameters:
  ///   - examples: those of validation items, with their tasks' names.
  ///   - watched: the task whose items are to be told apart.
  ///   - points: standardised, those of the examples.
  init(
    _ examples: [(task: String, example: PseudoTokenExample)], watched: String, points: Matrix<Float>,
    _ options: ElmOptions
  ) {
    var random = SeededRandom(seed: options.split.seed)
    let count = min(4 * options.validationItems, examples.count)
    lossExamples = random.sample(count, of: examples.count).map { examples[$0].example }
    let own = examples.filter { $0.task == watched }.map(\.example)
    let chosen = random.sample(
      min(max(options.validationItems, options.candidates), own.count), of: own.count
    )
    .map { own[$0] }
    var answers: [[Int]] = []
    let places = chosen.map { example in
      if let known = answers.firstIndex(of: example.target) { return known }
      answers.append(example.target)
      return answers.count - 1
    }
    self.answers = answers
    items = zip(chosen, places).prefix(options.validationItems).map { example, place in
      let others = random.sample(min(options.candidates, answers.count), of: answers.count).filter {
        $0 != place
      }
      return (example, [place] + others.prefix(options.candidates - 1))
    }
    let looked = (lossExamples + items.map(\.example)).flatMap(\.prompt).compactMap { piece -> Int? in
      if case .vector(let number) = piece { number } else { nil }
    }
    let numbers = Set(looked).sorted()
    self.points = points.selecting(rows: numbers)
    rows = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, $0) })
  }

  /// Items that are told from others.
  var itemCount: Int { items.count }

  /// Of how many answers the own one has to be the first, at most.
  var candidateCount: Int { items.map(\.answers.count).max() ?? 0 }

  /// Computed by rank 0, the same on every rank.
  func evaluate(
    _ adapter: Adapter, _ parameters: ParameterSet, on model: Model, step: Int, by workers: Workers
  ) throws -> ElmRecord.Evaluation {
    guard workers.ranks > 1 else { return try evaluate(adapter, parameters, on: model, step: step) }
    var failure: (any Error)?
    let found = workers.map(BlockKey("validation items after step \(step)", []), count: 1) { _ -> [Float] in
      do {
        let found = try evaluate(adapter, parameters, on: model, step: step)
        return [found.loss, found.identified]
      } catch {
        failure = error
        return []
      }
    }
    if let failure { throw failure }
    guard let numbers = found.first, numbers.count == 2 else { throw TrainingError.otherRank(step: step) }
    return ElmRecord.Evaluation(step: step, loss: numbers[0], identified: numbers[1])
  }

  /// One forward pass over the examples of the loss, and `items · candidates` answers; each prompt is run once.
  func evaluate(
    _ adapter: Adapter, _ parameters: ParameterSet, on model: Model, step: Int
  ) throws -> ElmRecord.Evaluation {
    let tokens = adapter.pseudoTokens(of: points, at: parameters)
    let mean = adapter.pseudoTokens(
      of: Matrix(rows: 1, columns: points.columns, repeating: 0), at: parameters)
    let pseudo = adapter.tokenCount
    func own(_ number: Int) -> Matrix<Float> {
      guard let row = rows[number] else { return mean }
      return tokens.rows(row * pseudo..<(row + 1) * pseudo)
    }
    let losses = try model.logProbabilities(of: lossExamples.map { ($0.input(own), $0.target) })
    let total = losses.joined().reduce(0) { $0 - Double($1) }
    // Prompts of one task differ in their vectors alone: with the mean vector they are all the same.
    let bare = items.first.map { $0.example.input { _ in mean } }
    let without = try totals(bare.map { bare in answers.map { (bare, $0) } } ?? [], on: model)
    let asked = items.flatMap { item in
      item.answers.map { (prompt: item.example.input(own), continuation: answers[$0]) }
    }
    var found = try totals(asked, on: model)[...]
    var identified = 0
    for item in items {
      let scores = zip(found, item.answers).map { $0 - without[$1] }
      identified += scores.dropFirst().allSatisfy { $0 < scores[0] } ? 1 : 0
      found = found.dropFirst(item.answers.count)
    }
    return ElmRecord.Evaluation(
      step: step, loss: Float(total / Double(max(1, losses.reduce(0) { $0 + $1.count }))),
      identified: Float(identified) / Float(max(1, items.count)))
  }

  /// `ln p` of whole continuations.
  private func totals(
    _ asked: [(prompt: InputSequence, continuation: [Int])], on model: Model
  ) throws -> [Double] {
    try model.logProbabilities(of: asked).map { $0.reduce(0) { $0 + Double($1) } }
  }
}

extension ElmRecord.Evaluation {
  /// More items told apart; of as many, a smaller loss.
  func isBetter(than other: Self) -> Bool {
    (identified, -loss) > (other.identified, -other.loss)
  }
}

extension [ElmRecord.Evaluation] {
  /// The best; of equals the first.
  var best: ElmRecord.Evaluation? {
    reduce(nil) { best, next in best.map { next.isBetter(than: $0) ? next : $0 } ?? next }
  }

  /// Whether the last so many have all brought nothing better.
  func isExhausted(patience: Int) -> Bool {
    guard patience > 0, let best, let place = firstIndex(of: best) else { return false }
    return count - 1 - place >= patience
  }
}
