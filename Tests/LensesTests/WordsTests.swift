import Checkpoints
import Foundation
import Lenses
import Statistics
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

/// A tiny model and a prompt whose placeholder is one of its tokens.
struct WordsModel {
  static let names = ["llama", "qwen2", "gemma3"]
  static let prompt = WordsPrompt(name: "tiny", text: "ab th \(WordsPrompt.point)>b")
  let model: Model

  init(_ name: String) throws {
    model = try Model.load(Checkpoint.open(tinyCheckpoint(name)))
  }

  var width: Int { model.configuration.width }

  /// Isotropic points of about the length of rows.
  func points(_ count: Int, seed: UInt64, place: PatchPlace = .inputEmbedding) -> PointSample {
    var random = SeededRandom(seed: seed)
    return PointSample(
      place: place,
      points: Matrix(
        rows: count, columns: width, elements: (0..<count * width).map { _ in Float(random.normal()) }),
      words: "Gaussian points")
  }

  func options(_ change: (inout WordsOptions) -> Void = { _ in }) -> WordsOptions {
    var options = WordsOptions()
    options.prompt = Self.prompt
    (options.samples, options.others, options.references) = (2, 9, 3)
    (options.maximumTokens, options.likelihood) = (6, false)
    change(&options)
    return options
  }

  /// The prompt's tokens with another token where the point stands.
  func tokens(_ text: String) -> [Int] { model.tokenizer.encodeStart("ab th " + text + ">b") }
}

@Suite struct WordsTests {
  @Test(arguments: WordsModel.names) func aTokensRowSaysWhatTheTokenSays(_ name: String) throws {
    let tiny = try WordsModel(name)
    let model = tiny.model
    let options = tiny.options { ($0.insertion, $0.samples) = (.replace, 0) }
    let verbaliser = try Verbaliser(model, others: tiny.points(14, seed: 1), options: options)
    let stops = model.tokenizer.endOfTurn
    for letter in ["q", "Z"] {
      let id = try #require(model.tokenizer.id(form: letter))
      let answer = try verbaliser.answer(for: model.inputRows(of: [id]).row(0))
      let generation = GenerationOptions(maximumTokens: 6, stopTokens: stops)
      let expected = try model.generate([tiny.tokens(letter), tiny.tokens("x")], options: generation)
      #expect(answer[.point]?.answers.map(\.tokens) == [expected[0]])
      #expect(answer[.noPoint]?.answers.map(\.tokens) == [expected[1]], "nothing is edited without a point")
      #expect(answer.decodesTo.contains(letter))
      #expect(answer.promptText == "ab th \(WordsPrompt.point)>b")
    }
  }

  @Test(arguments: [Insertion.replaceAtNorm, .replace, .add], [-1, 0, 2])
  func statesEnterAtTheirLayer(_ insertion: Insertion, _ layer: Int) throws {
    let tiny = try WordsModel("gemma3")
    let model = tiny.model
    let place = PatchPlace.residual(layer: layer)
    let verbaliser = try Verbaliser(
      model, others: tiny.points(14, seed: 2, place: place),
      options: tiny.options { ($0.insertion, $0.samples) = (insertion, 0) })
    let point = tiny.points(1, seed: 3).points.row(0).map { 5 * $0 }
    let answer = try verbaliser.answer(for: point)
    // The textbook way: the stream as it is there, changed at one position.
    let site = ActivationPoint(
      block: max(layer, 0), site: layer < 0 ? .residualPre : .residualPost)
    let tokens = tiny.tokens("x")
    let position = tokens.count - 3
    let stream = try #require(model.activations([tokens], at: [site], positions: .all)[site])
    let standing = stream.row(position)
    func length(_ v: [Float]) -> Float { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let equal = point.map { $0 * length(standing) / length(point) }
    let inserted =
      switch insertion {
      case .replace: point
      case .replaceAtNorm: equal
      case .add: zip(equal, standing).map { $0 + $1 }
      }
    #expect(abs(answer.standingNorm - Double(length(standing))) <= 1e-3 * answer.standingNorm)
    let edit = Edit(.replace(inserted), at: site, positions: .at(position))
    let expected = try model.generate(
      [tokens],
      options: GenerationOptions(maximumTokens: 6, stopTokens: model.tokenizer.endOfTurn),
      intervention: Intervention([edit]))
    #expect(answer[.point]?.answers.map(\.tokens) == expected)
  }

  @Test func aSeedDecidesAll() throws {
    let tiny = try WordsModel("qwen2")
    let sample = tiny.points(14, seed: 4)
    let point = tiny.points(1, seed: 5).points.row(0)
    func answer(_ seed: UInt64) throws -> AnswerInWords {
      let options = tiny.options { ($0.seed, $0.temperature, $0.likelihood) = (seed, 3, true) }
      return try Verbaliser(tiny.model, others: sample, options: options).answer(for: point)
    }
    let first = try answer(1)
    #expect(try answer(1) == first)
    let other = try answer(2)
    #expect(other[.point]?.answers[0] == first[.point]?.answers[0], "the most probable answer is not drawn")
    #expect(other[.point]?.answers[1...] != first[.point]?.answers[1...])
    let coded = try JSONDecoder().decode(AnswerInWords.self, from: JSONEncoder().encode(first))
    #expect(coded == first)
    #expect(first.arms.map(\.arm) == WordsArm.allCases)
    #expect(first.arms.allSatisfy { $0.answers.count == 3 })
  }

  /// Where the answer does not depend on the point, its rank is uniform; where it does, the likelihood finds out.
  @Test func ranksAreUniformUnderTheNullAndNotBeyond() throws {
    let tiny = try WordsModel("llama")
    var (null, likelihood, own) = ([Int](repeating: 0, count: 11), 0, 0)
    let trials = 60
    for trial in 0..<trials {
      let sample = tiny.points(15, seed: UInt64(100 + trial))
      let others = PointSample(
        place: .inputEmbedding, points: sample.points.selecting(rows: Array(1..<15)), words: sample.words)
      let options = tiny.options { ($0.samples, $0.likelihood) = (0, true) }
      let answer = try Verbaliser(tiny.model, others: others, options: options).answer(
        for: sample.points.row(0))
      let rank = try #require(answer[.noPoint]?.identified.identification)
      null[rank.rank] += 1
      #expect(rank.pValue == Double(rank.rank) / 10)
      if answer[.noPoint]?.likelihood?.identification?.rank == 1 { likelihood += 1 }
      let mine = try #require(answer[.point]?.likelihood?.identification)
      if mine.rank == 1 { own += 1 }
    }
    #expect(null[0] == 0 && null.reduce(0, +) == trials)
    // χ² of ten ranks; 27.9 is exceeded once in a thousand times.
    let expected = Double(trials) / 10
    let chi = null.dropFirst().reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(chi < 27.9, "\(null)")
    #expect((1...16).contains(likelihood), "\(likelihood) of \(trials), expected about 6")
    #expect(own > 20, "an answer is likeliest under its own point: \(own) of \(trials)")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let tiny = try WordsModel("llama")
    let sample = tiny.points(14, seed: 1)
    func refusal(_ body: () throws(WordsError) -> Void) -> String? {
      do throws(WordsError) { try body() } catch { return error.description }
      return nil
    }
    func verbaliser(
      _ sample: PointSample, _ change: (inout WordsOptions) -> Void = { _ in }
    ) throws(WordsError) -> Verbaliser {
      try Verbaliser(tiny.model, others: sample, options: tiny.options(change))
    }
    let good = try verbaliser(sample)
    #expect(
      refusal { () throws(WordsError) in _ = try good.answer(for: [1, 2]) }?.contains("2 numbers") == true)
    let zero = [Float](repeating: 0, count: tiny.width)
    #expect(refusal { () throws(WordsError) in _ = try good.answer(for: zero) }?.contains("zero") == true)
    let wrong = zero.map { _ in Float.nan }
    #expect(
      refusal { () throws(WordsError) in _ = try good.answer(for: wrong) }?.contains("not finite") == true)
    let few = tiny.points(13, seed: 1)
    #expect(refusal { () throws(WordsError) in _ = try verbaliser(few) }?.contains("13 other points") == true)
    let deep = tiny.points(14, seed: 1, place: .residual(layer: 3))
    #expect(refusal { () throws(WordsError) in _ = try verbaliser(deep) }?.contains("block 3") == true)
    for text in ["no place", "\(WordsPrompt.point) and \(WordsPrompt.point)"] {
      let prompt = WordsPrompt(name: "bad", text: text)
      #expect(
        refusal { () throws(WordsError) in _ = try verbaliser(sample) { $0.prompt = prompt } }?
          .contains("expected once") == true)
    }
    let glued = WordsPrompt(name: "glued", text: "ab\(WordsPrompt.point)")
    #expect(refusal { () throws(WordsError) in _ = try verbaliser(sample) { $0.prompt = glued } } == nil)
    #expect(
      refusal { () throws(WordsError) in _ = try verbaliser(sample) { $0.temperature = 0 } }?
        .contains("temperature") == true)
  }
}

@Suite struct PatchscopeTests {
  @Test(arguments: WordsModel.names) func aStateInItsOwnPlaceChangesNothing(_ name: String) throws {
    let model = try WordsModel(name).model
    let scope = try Patchscope(model, prompt: "a>a; q>q; ?")
    let tokens = model.tokenizer.encodeStart(scope.prompt)
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    let own = try model.forward([tokens], cache: &cache).logits
    #expect(scope.layers == Array(-1..<model.configuration.blockCount))
    for layer in scope.layers {
      let site = ActivationPoint(block: max(layer, 0), site: layer < 0 ? .residualPre : .residualPost)
      let state = try #require(model.activations([tokens], at: [site])[site])
      let other = try #require(model.activations([[5, 9, 40]], at: [site])[site])
      let rows = Matrix(rows: 2, columns: state.columns, elements: state.elements + other.elements)
      let logits = try scope.logits(rows, layer: layer)
      #expect(zip(logits.row(0), own.row(0)).allSatisfy { abs($0 - $1) <= 1e-4 }, "layer \(layer)")
      #expect(zip(logits.row(1), own.row(0)).contains { abs($0 - $1) > 1e-2 }, "layer \(layer)")
    }
  }

  @Test func statesOfTheLastLayerSayWhatTheModelSays() throws {
    let model = try WordsModel("gemma3").model
    let scope = try Patchscope(model, prompt: "a>a; q>q; ?")
    var random = SeededRandom(seed: 1)
    let texts: [[Int]] = (0..<20).map { _ in
      (0..<8).map { _ in Int(random.next(upperBound: UInt64(96))) }
    }
    let agreement = try scope.agreement(with: texts)
    #expect(agreement.map(\.layer) == scope.layers)
    let last = try #require(agreement.last)
    #expect(last.precision.value == 1 && last.precision.n == 20)
    #expect((last.precision.lower ?? 0) < 1 && (last.precision.null?.mean ?? 1) < 0.5)
    let first = try #require(agreement.first)
    #expect((first.surprisal?.value ?? 0) > (last.surprisal?.value ?? 0))
  }

  @Test(arguments: WordsModel.names, [-1, 0, 2]) func directionsAreDerivatives(_ name: String, _ layer: Int)
    throws
  {
    let model = try WordsModel(name).model
    let scope = try Patchscope(model, prompt: "a>a; q>q; ?")
    let tokens = model.tokenizer.encodeStart(scope.prompt)
    let site = ActivationPoint(block: max(layer, 0), site: layer < 0 ? .residualPre : .residualPost)
    let standing = try #require(model.activations([tokens], at: [site])[site]?.elements)
    var random = SeededRandom(seed: 7)
    let (v, w) = (standing.map { _ in Float(random.normal()) }, standing.map { _ in Float(random.normal()) })
    func matrix(_ row: [Float]) -> Matrix<Float> { Matrix(rows: 1, columns: row.count, elements: row) }
    let image = try scope.transported(
      directions: Matrix(rows: 2, columns: v.count, elements: v + v.map { 3 * $0 }), from: layer)
    // A four-point difference of the lens itself.
    let h = 0.02 * standing.reduce(0) { $0 + $1 * $1 }.squareRoot() / Float(v.count).squareRoot()
    func state(_ step: Float) throws -> [Float] {
      try scope.transported(matrix(zip(standing, v).map { $0 + step * $1 }), from: layer).elements
    }
    let (a, b, c, d) = (try state(h), try state(-h), try state(2 * h), try state(-2 * h))
    let exact = a.indices.map { (8 * (a[$0] - b[$0]) - (c[$0] - d[$0])) / (12 * h) }
    let scale = exact.reduce(0) { max($0, abs($1)) }
    for i in exact.indices {
      #expect(abs(image[0, i] - exact[i]) <= 0.01 * scale)
      #expect(abs(image[1, i] - 3 * image[0, i]) <= 1e-4 * scale)
    }
    let back = try scope.pulledBack(matrix(w), to: layer)
    func product(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    #expect(abs(product(image.row(0), w) - product(v, back.row(0))) <= 1e-3 * scale * Float(v.count))
  }
}
