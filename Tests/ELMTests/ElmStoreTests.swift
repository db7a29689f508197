import Checkpoints
import Domains
import ELM
import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Training
import Transformers

/// A record of a model with LoRA in one or all blocks, every number different.
private func record(of model: Model, layers: [LinearLayer] = [.query, .key, .value], rank: Int = 2) throws
  -> ElmRecord
{
  var random = SeededRandom(seed: 6)
  let adapter = Adapter(
    .two(hidden: 3), inputWidth: 4, tokenCount: 2, modelWidth: model.configuration.width, norm: 1.5)
  let lora = try model.addingLowRank(to: layers, rank: rank, alpha: 6, seed: 1)
  return ElmRecord(
    model: tinyReference, domain: lettersReference, domainWidth: 4, tokenCount: 2,
    modelWidth: model.configuration.width, hidden: 3, norm: 1.5,
    standardisation: .init(mean: [0.5, -1, 2, 0], scale: 0.75),
    adapter: adapter.initialParameters(seed: 2).parameters.map { .init($0.name, $0.values) },
    weights: try lora.lowRankWeights.map { weight in
      let values = try lora.values(of: weight)
      return .init(weight.name, normalMatrix(values.rows, values.columns, &random))
    },
    alpha: 6, isChat: false, tasksName: "letters", tasks: try letterTasks().yaml, test: 0.1, validation: 0.05,
    splitSeed: .max, seed: 7, step: 20, options: "{}", losses: [3, 2.5],
    evaluations: [.init(step: 0, loss: 4, identified: 0.05), .init(step: 20, loss: 2, identified: 0.5)],
    toolVersion: "sextant test", date: "2026-01-01T00:00:00Z")
}

@Suite struct ElmStoreTests {
  @Test func whatIsReadIsWhatWasWritten() throws {
    let model = try tinyModel()
    let folder = try TemporaryFolder()
    let path = folder.file("words.elm.h5")
    let record = try record(of: model)
    try record.write(to: path)
    let store = try ElmStore.open(path)
    var expected = record
    // An identity has no source of its own in the file.
    expected.model = StoreReference(name: "tiny", identity: "cafe")
    #expect(store.record == expected)
    #expect(try StoreFile.verify(path).path == path)
    try StoreFile.convert(path, to: folder.file("copy.elm.h5"))
    let copy = try ElmStore.open(folder.file("copy.elm.h5"))
    #expect(copy.record == store.record && copy.identity == store.identity)
    #expect(throws: StoreError.self) { try record.write(to: path) }
  }

  @Test func otherModelsAndWidthsAreRefused() throws {
    let model = try tinyModel()
    let folder = try TemporaryFolder()
    let path = folder.file("x.elm.h5")
    try record(of: model).write(to: path)
    let other = StoreReference(name: "other", identity: "0")
    let error = #expect(throws: StoreError.self) { try EmbeddingLanguageModel.open(path, for: model, other) }
    #expect(error?.kind == .misfit)
    let store = try ElmStore.open(path)
    try store.requireFit(domain: other, width: 4)
    #expect(throws: StoreError.self) { try store.requireFit(domain: other, width: 5) }
    let elm = try EmbeddingLanguageModel.open(path, for: model, tinyReference)
    let wide = #expect(throws: ElmError.self) { try elm.answers(to: [ElmPrompt([.vector([1, 2, 3])])]) }
    #expect(wide == .width(expected: 4, actual: 3))
    // Another width of the model, a weight that it lacks, and an adapter of another shape.
    var narrow = try record(of: model)
    narrow.modelWidth = 31
    #expect(throws: ElmError.self) { try EmbeddingLanguageModel(narrow, on: model) }
    var foreign = try record(of: model)
    foreign.weights.append(.init("blk.9.attn_q.weight.lora_a", Matrix(rows: 2, columns: 32, repeating: 0)))
    #expect(throws: ElmError.self) { try EmbeddingLanguageModel(foreign, on: model) }
    var short = try record(of: model)
    short.adapter.removeLast()
    #expect(throws: ElmError.self) { try EmbeddingLanguageModel(short, on: model) }
  }

  /// One bit anywhere in the adapter or LoRA is found.
  @Test func aDamagedFileIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x.elm.h5")
    let record = try record(of: tinyModel())
    try record.write(to: path)
    let bytes = try Data(contentsOf: URL(filePath: path))
    for number in [record.adapter[1].values.elements[0], record.weights[0].values.elements[0]] {
      let pattern = Data((0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) })
      var flipped = bytes
      flipped[try #require(bytes.firstRange(of: pattern)).lowerBound] ^= 1
      try flipped.write(to: URL(filePath: path))
      #expect(throws: StoreError.self) { try ElmStore.open(path) }
    }
  }

  /// The sentence encoder that made a domain is found beside it or in the hub's cache, and no other is taken for it.
  @Test func theEncoderOfADomainHasItsHash() throws {
    let folder = try TemporaryFolder()
    let bert = "\(tinyCheckpoints)/encoders/bert"
    var domain = circle(60, recipe: "encoder:bert: words", width: 4)
    let sha256 = try Checkpoint.open(bert).sha256()
    func file(_ name: String, madeBy sha256: String) throws -> ElmFile {
      domain.name = name
      domain.sources[0].sha256 = sha256
      try domain.write(to: folder.file("\(name).domain.h5"))
      var record = try record(of: tinyModel())
      record.domain = StoreReference(
        name: name, identity: try Domain.identified(folder.file("\(name).domain.h5")).1)
      try record.write(to: folder.file("\(name).elm.h5"))
      return try ElmFile.open(name, in: folder.path)
    }
    let own = try file("own", madeBy: sha256)
    let missing = #expect(throws: DomainError.self) { try own.encoder() }
    #expect(missing?.description.contains("\(folder.path)/bert") == true && missing?.kind == .badInput)
    try FileManager.default.createSymbolicLink(atPath: folder.file("bert"), withDestinationPath: bert)
    // A store of the same name is no encoder.
    try folder.write("", to: "bert.h5")
    let encoder = try #require(try own.encoder())
    #expect(try encoder.vector(of: "a thing", leavingOut: [])?.count == 16)
    let other = try file("other", madeBy: String(repeating: "0", count: 64))
    #expect(throws: ElmError.self) { try other.encoder() }

    domain = circle(60, recipe: "encoder:org/bert: words", width: 4)
    let ofTheHub = try file("hub", madeBy: sha256)
    let cache = HuggingFaceCache(root: folder.file("cache"))
    let absent = #expect(throws: DomainError.self) { try ofTheHub.encoder(in: cache) }
    #expect(absent?.description.contains(cache.root) == true)
    let snapshots = "cache/models--org--bert/snapshots"
    try FileManager.default.createDirectory(
      atPath: folder.file(snapshots), withIntermediateDirectories: true)
    let commit = String(repeating: "0a", count: 20)
    try FileManager.default.copyItem(atPath: bert, toPath: folder.file("\(snapshots)/\(commit)"))
    try FileManager.default.createDirectory(
      atPath: folder.file("cache/models--org--bert/refs"), withIntermediateDirectories: true)
    try folder.write(commit, to: "cache/models--org--bert/refs/main")
    #expect(try ofTheHub.encoder(in: cache) != nil)
  }

  /// LoRA of zero B changes nothing, and the frozen model is the one that was given.
  @Test func weightsAreThoseOfTheFile() throws {
    let model = try tinyModel()
    let record = try record(of: model)
    let elm = try EmbeddingLanguageModel(record, on: model)
    for weight in elm.model.lowRankWeights {
      let own = try #require(record.weights.first { $0.name == weight.name })
      #expect(try elm.model.values(of: weight) == own.values)
    }
    let prompt = ElmPrompt([.text("what of "), .vector([1, 0, 2, -1]), .text("?")])
    let answers = [(prompt: prompt, answer: "a"), (prompt: prompt, answer: "bc")]
    let (own, frozen) = (
      try elm.logLikelihoods(of: answers), try elm.onFrozenModel.logLikelihoods(of: answers)
    )
    #expect(own.map(\.tokens) == [3, 4] && frozen.map(\.tokens) == [3, 4])
    #expect(own[0].total != frozen[0].total)
    var bare = record
    bare.weights = []
    let plain = try EmbeddingLanguageModel(bare, on: model).logLikelihoods(of: answers)
    for (a, b) in zip(plain, frozen) { #expect(a.total == b.total) }
    #expect(elm.onFrozenModel.model.lowRankWeights.isEmpty)
  }

  /// Likelihoods are those of training, the token that ends an answer among them; answers end with it.
  @Test func answersAreScoredAsTheyAreTrained() throws {
    let model = try tinyModel()
    var bare = try record(of: model)
    bare.weights = []
    let elm = try EmbeddingLanguageModel(bare, on: model)
    let vector: [Float] = [1, 0, 2, -1]
    let found = try elm.logLikelihoods(of: [(ElmPrompt([.text("is "), .vector(vector)]), "ab")])[0]
    let tokens = elm.pseudoTokens(of: Matrix(rows: 1, columns: 4, elements: vector))
    let ids = { (text: String) in model.tokenizer.encode(text, addingSpecial: false) }
    let expected = try model.logProbabilities(of: [
      (InputSequence([.tokens(ids("is ")), .vectors(tokens)]), ids(" ab") + [0])
    ])[0]
    #expect(abs(found.total - expected.reduce(0) { $0 + Double($1) }) < 1e-4 && found.tokens == 4)
    let prompts = [ElmPrompt([.vector(vector), .text("?")]), ElmPrompt([.text("without any vector")])]
    let answers = try elm.answers(to: prompts, GenerationOptions(maximumTokens: 5))
    for answer in answers { #expect(answer.tokens.count == 5 ? !answer.hasEnded : answer.hasEnded) }
    #expect(prompts[0].about([[0, 0, 0, 1]]).vectors == [[0, 0, 0, 1]])
  }

  // MARK: - Export

  @Test func loraIsAFileOfLlama() throws {
    let model = try tinyModel()
    let record = try record(of: model)
    let folder = try TemporaryFolder()
    let path = folder.file("lora.gguf")
    try EmbeddingLanguageModel(record, on: model).writeLoRA(to: path)
    let file = try GGUFFile(path: path)
    #expect(
      file.metadata["general.type"]?.string == "adapter" && file.metadata["adapter.type"]?.string == "lora")
    #expect(file.metadata["general.architecture"]?.string == "llama")
    #expect(file.tensors.count == record.weights.count)
    for weight in record.weights {
      let info = try #require(file.tensors.first { $0.name == weight.name })
      // ggml's order: the fastest dimension first.
      #expect(info.dimensions.map { Int($0) } == [weight.values.columns, weight.values.rows])
      #expect(try file.tensor(weight.name).dequantised().elements == weight.values.elements)
    }
    var bare = record
    bare.weights = []
    let none = #expect(throws: ElmError.self) {
      try EmbeddingLanguageModel(bare, on: model).writeLoRA(to: path)
    }
    #expect(none?.kind == .notEvaluable)
  }

  /// Of a checkpoint of Hugging Face, rows of queries and keys are put side by side that turn together: a model with the exported
  /// factors in GGUF's order computes what the trained one does.
  @Test func queriesAndKeysAreInTheOrderOfGGUF() throws {
    let folder = try TemporaryFolder()
    let model = try Model.load(Checkpoint.open("\(tinyCheckpoints)/features/folder"))
    #expect(model.configuration.ropeStyle == .half)
    let record = try record(of: model)
    try record.writeLoRA(of: model, to: folder.file("lora.gguf"))
    let file = try GGUFFile(path: folder.file("lora.gguf"))
    let size = model.configuration.headDimension
    for weight in record.weights {
      let written = try file.tensor(weight.name).dequantised()
      let turns = weight.name.hasSuffix(".lora_b") && !weight.name.contains("attn_v")
      for row in 0..<weight.values.rows where turns {
        // Row 2 i of a head is row i of its first half, row 2 i + 1 row i of its second.
        let (head, place) = (row / size, row % size)
        #expect(written.row(row) == weight.values.row(head * size + place / 2 + place % 2 * size / 2))
      }
      if !turns { #expect(written.elements == weight.values.elements) }
    }
  }

  @Test func theAdapterIsSafetensors() throws {
    let folder = try TemporaryFolder()
    let model = try tinyModel()
    let record = try record(of: model)
    let path = folder.file("adapter.safetensors")
    try EmbeddingLanguageModel(record, on: model).writeAdapter(to: path)
    let file = try SafetensorsFile(path: path)
    for parameter in record.adapter {
      #expect(try file.tensor(parameter.name).dequantised().elements == parameter.values.elements)
    }
    #expect(try file.tensor("mean").dequantised().elements == record.standardisation.mean)
    #expect(file.metadata["scale"] == "0.75" && file.metadata["tokens"] == "2")
  }
}
