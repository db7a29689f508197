import Checkpoints
import Domains
import ELM
import LinearAlgebra
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Training
import Transformers

@Suite struct AdapterStartTests {
  /// The model's row of an item's name.
  private func row(_ name: String, of model: Model) throws -> [Float] {
    model.embed([try #require(model.tokenizer.id(form: name))]).elements
  }

  private func cosine(_ a: [Float], _ b: [Float]) -> Float {
    func dot(_ x: [Float], _ y: [Float]) -> Float { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
  }

  /// A domain that is a linear image of the model's rows is carried back to them, held-out items too, by every pseudo-token.
  @Test func theMapOfSharedWordsIsFound() throws {
    let model = try tinyModel()
    let domain = letters(of: model)
    var options = quick()
    options.start = .fixed
    let folder = try TemporaryFolder()
    let fit = try fit(options, on: model, in: folder)
    let shared = try #require(fit.shared)
    let held = try DomainSplit(domain, options: options.split)
    #expect(shared.items == held.items(of: .training) && shared.spaced == 0)
    let record = try fit.run()
    #expect(record.losses.isEmpty && record.step == 0 && record.evaluations.count == 1)
    let tokens = try EmbeddingLanguageModel(record, on: model).pseudoTokens(of: domain.vectors)
    for item in 0..<domain.count {
      let own = try row(domain.names[item], of: model)
      for k in 0..<2 { #expect(cosine(tokens.row(2 * item + k), own) > 0.99, "\(domain.names[item])") }
    }
  }

  /// A domain that is a linear image of the rows of what is said of its items is carried to them, held-out items too.
  @Test func theMapToAnswersIsFound() throws {
    let model = try tinyModel()
    let named = letters(of: model)
    var rows: [Float] = []
    for item in 0..<named.count {
      let number = try #require(named.fields[0][item].first)
      let tokens = model.tokenizer.encode(" " + number, addingSpecial: false)
      rows += model.embed(tokens).columnMeans.map { Float($0) }
    }
    let means = Matrix(rows: named.count, columns: model.configuration.width, elements: rows)
    var random = SeededRandom(seed: 4)
    let domain = Domain(
      name: named.name, recipe: named.recipe, sources: [], names: named.names,
      vectors: multiply(means, normalMatrix(means.columns, 40, &random)), fields: named.fields,
      toolVersion: "test", date: named.date)
    var options = quick(steps: 1)
    (options.start, options.training.learningRate) = (.answers, 1e-9)
    let fit = try fit(options, on: model, in: TemporaryFolder(), domain: domain)
    let held = try DomainSplit(domain, options: options.split)
    #expect(fit.shared == nil && fit.startPairCount == held.items(of: .training).count)
    let tokens = try EmbeddingLanguageModel(fit.run(), on: model).pseudoTokens(of: domain.vectors)
    for item in 0..<domain.count {
      #expect(cosine(tokens.row(2 * item), means.row(item)) > 0.99, "\(domain.names[item])")
    }
  }

  /// The answers of a task about two vectors are about neither of them.
  @Test func answersAboutTwoVectorsAreNoStart() throws {
    var options = quick()
    (options.start, options.watched) = (.answers, "two")
    #expect(throws: ElmError.self) { try fit(options, on: tinyModel(), in: TemporaryFolder()) }
  }

  /// Two layers begin nearer to the rows than at random.
  @Test func twoLayersBeginNearTheMap() throws {
    let model = try tinyModel()
    let domain = letters(of: model)
    var options = quick()
    options.hidden = 64
    func meanCosine(_ start: AdapterStart) throws -> Float {
      options.start = start
      options.stages = .adapter
      options.training.steps = 1
      let record = try fit(options, on: model, in: TemporaryFolder()).run()
      let tokens = try EmbeddingLanguageModel(record, on: model).pseudoTokens(of: domain.vectors)
      return try (0..<domain.count).map { item in
        cosine(tokens.row(2 * item), try row(domain.names[item], of: model))
      }.reduce(0, +) / Float(domain.count)
    }
    let (mapped, random) = (try meanCosine(.fixed), try meanCosine(.random))
    #expect(mapped > 0.5 && mapped > random + 0.3, "\(mapped), \(random)")
  }

  /// Where nothing is said, the map is taken where there is one: of names, else of answers about one vector.
  @Test func whereNamesAreTokensTheMapIsTheStart() throws {
    let model = try tinyModel()
    var options = quick()
    func started(_ start: AdapterStart?, _ domain: Domain) throws -> AdapterStart? {
      options.start = start
      return try fit(options, on: model, in: TemporaryFolder(), domain: domain).options.start
    }
    let named = letters(of: model)
    let unnamed = Domain(
      name: named.name, recipe: named.recipe, sources: named.sources,
      names: named.names.map { $0 + "#" + $0 },
      vectors: named.vectors, fields: named.fields, toolVersion: "test", date: named.date)
    #expect(try started(nil, named) == .emb2emb && started(.random, named) == .random)
    #expect(try started(nil, unnamed) == .answers)
    #expect(throws: ElmError.self) { try started(.emb2emb, unnamed) }
    options.watched = "two"
    #expect(try started(nil, unnamed) == .random)
  }

  /// With LoRA a fixed map stays to the last bit.
  @Test func aFixedMapIsNeverTrained() throws {
    let model = try tinyModel()
    var options = quick()
    options.start = .fixed
    func run(_ stages: ElmOptions.Stages) throws -> ElmRecord {
      options.stages = stages
      return try fit(options, on: model, in: TemporaryFolder()).run()
    }
    let (alone, joint) = (try run(.adapter), try run(.twoStage))
    #expect(joint.adapter == alone.adapter && joint.losses.count == 30 && !joint.weights.isEmpty)
  }

  @Test func standardisationIsOfTrainingItemsByOneScale() throws {
    let vectors = Matrix<Float>(rows: 3, columns: 2, elements: [1, 2, 3, 2, 5, 8])
    let found = try ElmRecord.Standardisation(of: vectors)
    #expect(found.mean == [3, 4])
    // Squares of the differences: 4 + 4, 0 + 4, 4 + 16, over six numbers.
    #expect(abs(found.scale - Float(32.0 / 6).squareRoot()) < 1e-6)
    let applied = found.applied(to: vectors)
    #expect(abs(applied[2, 1] - 4 / found.scale) < 1e-6 && applied[1, 0] == 0)
    #expect(throws: ElmError.self) {
      try ElmRecord.Standardisation(of: Matrix(rows: 3, columns: 2, elements: [1, 2, 1, 2, 1, 2]))
    }
  }
}
