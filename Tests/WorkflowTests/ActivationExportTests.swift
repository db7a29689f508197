import Checkpoints
import Files
import Foundation
import Steering
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers
import Workflow

/// `sextant activations`: the file equals the model, whatever kind it is of and however often the job was killed.
@Suite struct ActivationExportTests {
  private static let texts = (0..<40).map { index in
    String(repeating: ["the sun is warm ", "a rain was cold ", "long "][index % 3], count: index % 4 + 1)
      + "\(index)"
  }

  private let identity = ModelIdentity(name: "tiny", hash: "0a", tokenizerHash: "0b")

  private func tiny(_ name: String = "llama", _ arithmetic: Arithmetic = .f32) throws -> Model {
    try Model.load(Checkpoint.open(tinyCheckpoint(name)), arithmetic: arithmetic)
  }

  private func options(_ model: Model) -> ActivationExportOptions {
    ActivationExportOptions(
      points: (0..<model.configuration.blockCount).flatMap { block in
        Site.allCases.map { ActivationPoint(block: block, site: $0) }
      })
  }

  private func lines(_ texts: some Sequence<String>) -> String { texts.map { $0 + "\n" }.joined() }

  @Test(arguments: ["llama", "gemma3"], ActivationPositions.allCases)
  func theFileEqualsTheModel(_ name: String, _ positions: ActivationPositions) throws {
    let (folder, model) = (try TemporaryFolder(), try tiny(name))
    let prompts = try folder.prompts(lines(Self.texts), "p.txt")
    var options = options(model)
    options.positions = positions
    let done = try exportActivations(
      of: model, identity: identity, prompts: prompts, options: options, to: folder.file("s.h5"))
    #expect(done.keptPrompts == 0)
    let sequences = Self.texts.map { model.tokenizer.encodeStart($0) }
    let expected = try model.activations(sequences, at: options.points, positions: positions)
    let store = try ActivationStore.open(folder.file("s.h5"))
    for point in options.points {
      #expect(try store.states(point.name).elements == expected[point]?.elements, "\(point.name)")
    }
    #expect(try store.tokens().map { Int($0) } == sequences.flatMap(\.self))
    #expect(try store.tokenOffsets() == sequences.reduce(into: [0]) { $0.append($0.last! + $1.count) })
    #expect(try store.prompts() == Self.texts)
    try StoreFile.verify(store.path)
    #expect(folder.names == ["p.txt", "s.h5"])
    if positions == .all {
      let rows = try store.states("residualPost/1", rows: 3..<5)
      #expect(
        rows.elements
          == Array(
            try store.states("residualPost/1").elements[3 * store.record.width..<5 * store.record.width]))
    }
  }

  @Test func sixteenBitsAreTheNearest() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    let prompts = try folder.prompts(lines(Self.texts), "p.txt")
    var options = options(model)
    options.precision = .f16
    _ = try exportActivations(
      of: model, identity: identity, prompts: prompts, options: options, to: folder.file("s.h5"))
    let exact = try model.activations(
      Self.texts.map { model.tokenizer.encodeStart($0) }, at: options.points, positions: .all)
    let store = try ActivationStore.open(folder.file("s.h5"))
    for point in options.points {
      let states = try store.states(point.name)
      let error = zip(states.elements, exact[point]?.elements ?? []).map { abs($0 - $1) - abs($1) / 2048 }
        .max()
      #expect(try #require(error) <= 3e-8, "\(point.name)")
    }
    try StoreFile.verify(store.path)
  }

  @Test(arguments: ["safetensors", "npy"])
  func otherKindsHoldTheSameBytes(_ ending: String) throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    let prompts = try folder.prompts(lines(Self.texts), "p.txt")
    let options = options(model)
    let path = folder.file("s.\(ending)")
    _ = try exportActivations(of: model, identity: identity, prompts: prompts, options: options, to: path)
    let exact = try model.activations(
      Self.texts.map { model.tokenizer.encodeStart($0) }, at: options.points, positions: .all)
    let all = options.points.flatMap { exact[$0]?.elements ?? [] }
    let data = try Data(contentsOf: URL(filePath: path))
    let bytes = all.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
    }
    #expect(data.range(of: Data(bytes)) != nil)
    if ending == "npy" {
      #expect(data.count == 128 + bytes.count)
      #expect(folder.names == ["p.txt", "s.json", "s.npy", "s.offsets.npy", "s.texts.jsonl", "s.tokens.npy"])
      let texts = try String(contentsOfFile: folder.file("s.texts.jsonl"), encoding: .utf8)
      #expect(
        try texts.split(separator: "\n").map { try JSONDecoder().decode(String.self, from: Data($0.utf8)) }
          == Self.texts)
    } else {
      #expect(try FileView.verify(path).contains("activations intact"))
      var damaged = data
      damaged[damaged.count / 2] ^= 1
      try damaged.write(to: URL(filePath: path))
      #expect(throws: StoreError.self) { try FileView.verify(path) }
    }
    #expect(throws: StoreError.exists(path: path)) {
      try exportActivations(of: model, identity: identity, prompts: prompts, options: options, to: path)
    }
  }

  /// A fault in the last prompts stops the job as a kill would: what was forced to the disk stays.
  @Test func aCutJobGoesOn() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    // Prompts of some 100 tokens, so that several groups run.
    let long = (0..<60).map { String(repeating: "the sun is warm and \($0) ", count: 12) }
    let prompts = try folder.prompts(lines(long), "p.txt")
    var options = options(model)
    let whole = folder.file("whole.h5")
    _ = try exportActivations(of: model, identity: identity, prompts: prompts, options: options, to: whole)
    options.pause = .zero
    let cut = folder.file("cut.h5")
    try cutJob(model, prompts, options, after: 2, to: cut)
    #expect(folder.names.contains(".cut.h5.unfinished") && !folder.names.contains("cut.h5"))
    var other = options
    other.positions = .last
    let settings = #expect(throws: StoreError.self) {
      try exportActivations(of: model, identity: identity, prompts: prompts, options: other, to: cut)
    }
    #expect(settings?.kind == .misfit && "\(settings.map { "\($0)" } ?? "")".contains("positions"))
    let rounded = try tiny("llama", .rounded)
    let arithmetic = #expect(throws: StoreError.self) {
      try exportActivations(of: rounded, identity: identity, prompts: prompts, options: options, to: cut)
    }
    #expect(arithmetic?.kind == .misfit && "\(arithmetic.map { "\($0)" } ?? "")".contains("arithmetic"))
    let model2 = ModelIdentity(name: "tiny", hash: "ff", tokenizerHash: "0b")
    #expect(throws: StoreError.self) {
      try exportActivations(of: model, identity: model2, prompts: prompts, options: options, to: cut)
    }
    let done = try exportActivations(
      of: model, identity: identity, prompts: prompts, options: options, to: cut)
    #expect(done.keptPrompts > 0 && done.keptPrompts < 60)
    #expect(try Data(contentsOf: URL(filePath: cut)) == Data(contentsOf: URL(filePath: whole)))
    #expect(folder.names == ["cut.h5", "p.txt", "whole.h5"])
    let again = try exportActivations(
      of: model, identity: identity, prompts: prompts, options: options, to: cut)
    #expect(again.isComplete)
  }

  @Test func damagedRowsOfACutJobAreFound() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    let long = (0..<60).map { String(repeating: "the sun is warm and \($0) ", count: 12) }
    let prompts = try folder.prompts(lines(long), "p.txt")
    var options = options(model)
    options.pause = .zero
    try cutJob(model, prompts, options, after: 2, to: folder.file("cut.h5"))
    let left = URL(filePath: folder.file(".cut.h5.unfinished"))
    var bytes = try Data(contentsOf: left)
    let place = try #require(bytes.firstIndex { $0 != 0 })
    bytes[place] ^= 1
    try bytes.write(to: left)
    let error = #expect(throws: StoreError.self) {
      try exportActivations(
        of: model, identity: identity, prompts: prompts, options: options, to: folder.file("cut.h5"))
    }
    guard case .corrupt = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Runs the writer for some groups and lets go of it, as a kill does.
  private func cutJob(
    _ model: Model, _ prompts: PromptFile, _ options: ActivationExportOptions, after groups: Int,
    to path: String
  ) throws {
    var left = groups
    #expect(throws: Stop.self) {
      try exportActivations(of: model, identity: identity, prompts: prompts, options: options, to: path) {
        left -= 1
        if left == 0 { throw Stop() }
      }
    }
  }

  private struct Stop: Error {}

  @Test func morePromptsAreAdded() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    var options = options(model)
    options.positions = .last
    let path = folder.file("s.h5")
    let first = try folder.prompts(lines(Self.texts.prefix(15)), "first.txt")
    _ = try exportActivations(of: model, identity: identity, prompts: first, options: options, to: path)
    let old = try ActivationStore.open(path).states("residualPost/0").elements
    let all = try folder.prompts(lines(Self.texts), "all.txt")
    let done = try exportActivations(of: model, identity: identity, prompts: all, options: options, to: path)
    #expect(done.keptPrompts == 15 && done.record.promptCount == 40)
    let store = try ActivationStore.open(path)
    #expect(try store.prompts() == Self.texts)
    let states = try store.states("residualPost/0")
    #expect(Array(states.elements.prefix(old.count)) == old)
    let expected = try model.activations(
      Self.texts.map { model.tokenizer.encodeStart($0) }, at: options.points, positions: .last)
    let point = ActivationPoint(block: 0, site: .residualPost)
    let difference = zip(states.elements, expected[point]?.elements ?? []).map { abs($0 - $1) }.max() ?? 1
    #expect(difference <= 1e-4)
    try StoreFile.verify(path)
    // Fewer, and others.
    for texts in [Self.texts.prefix(3).map(\.self), ["other"] + Self.texts] {
      let prompts = try folder.prompts(lines(texts), "other.txt")
      let error = #expect(throws: StoreError.self) {
        try exportActivations(of: model, identity: identity, prompts: prompts, options: options, to: path)
      }
      #expect(error?.kind == .misfit)
    }
    try StoreFile.convert(path, to: folder.file("again.h5"))
    #expect(
      try Data(contentsOf: URL(filePath: folder.file("again.h5"))) == Data(contentsOf: URL(filePath: path)))
  }

  @Test(arguments: [
    ("a\n\nb\n", "p.txt", "line 2: expected a prompt"), ("a\n{\"text\": \"b\"}\n", "p.jsonl", "line 1"),
    ("{\"text\": \"a\"}\n{\"txt\": \"b\"}\n", "p.jsonl", "line 2: expected an object with \"text\""),
    ("{\"text\": \" \"}\n", "p.jsonl", "an empty one"), ("", "p.txt", "at least one prompt"),
  ])
  func badPromptsAreNamed(_ text: String, _ name: String, _ words: String) throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    let prompts = try folder.prompts(text, name)
    do {
      _ = try exportActivations(
        of: model, identity: identity, prompts: prompts, options: options(model), to: folder.file("s.h5"))
      Issue.record("wrote \(text.debugDescription)")
    } catch {
      #expect("\(error)".contains(words), "\(error)")
      #expect((error as? any Failure)?.kind == .usage)
    }
    #expect(folder.names == [name])
  }

  @Test func aPromptBeyondTheContextIsNamed() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    let long = String(repeating: "the sun is warm ", count: model.configuration.contextLength)
    let prompts = try folder.prompts("short\n\(long)\n", "p.txt")
    let error = #expect(throws: PromptError.self) {
      try exportActivations(
        of: model, identity: identity, prompts: prompts, options: options(model), to: folder.file("s.h5"))
    }
    #expect(error?.kind == .misfit && "\(error.map { "\($0)" } ?? "")".contains("line 2: "))
    #expect(folder.names == ["p.txt"])
  }

  @Test func keysOfJSONLinesAreRead() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    _ = try folder.prompts("{\"q\": \"the sun\", \"n\": 1}\r\n{\"n\": 2, \"q\": \"a\\nrain\"}", "p.data")
    let prompts = PromptFile(path: folder.file("p.data"), key: "q")
    _ = try exportActivations(
      of: model, identity: identity, prompts: prompts, options: options(model), to: folder.file("s.h5"))
    #expect(try ActivationStore.open(folder.file("s.h5")).prompts() == ["the sun", "a\nrain"])
  }

  @Test func blocksThatAreNotThereAreRefused() throws {
    let (folder, model) = (try TemporaryFolder(), try tiny())
    let prompts = try folder.prompts("a\n", "p.txt")
    let options = ActivationExportOptions(points: [ActivationPoint(block: 99, site: .mlpOutput)])
    #expect(throws: TransformerError.self) {
      try exportActivations(
        of: model, identity: identity, prompts: prompts, options: options, to: folder.file("s.h5"))
    }
    #expect(throws: WorkflowError.self) {
      try exportActivations(
        of: model, identity: identity, prompts: prompts, options: options, to: folder.file("s.csv"))
    }
  }
}

extension TemporaryFolder {
  fileprivate func prompts(_ text: String, _ name: String) throws -> PromptFile {
    PromptFile(path: try write(text, to: name))
  }
}
