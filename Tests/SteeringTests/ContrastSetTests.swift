import Foundation
import Steering
import Testing

@Suite struct BundledContrastSetTests {
  @Test(arguments: ContrastSet.bundledNames)
  func bundledSetsKeepTheirPromises(name: String) throws {
    let set = try ContrastSet.bundled(name)
    #expect(set.name == name && set.licence == "Apache-2.0" && !set.description.isEmpty)
    #expect(set.train.count >= 64 && set.test.count >= 44)
    #expect(set.generationPrompts.count == 10 && set.choice.count >= 10)
    for pair in set.train {
      #expect(pair.positive.last == pair.negative.last, "punctuation tells the sides apart: \(pair)")
      let ratio = Double(pair.positive.count) / Double(pair.negative.count)
      #expect(ratio > 0.6 && ratio < 1.7, "length tells the sides apart: \(pair)")
    }
    for item in set.test {
      #expect(item.positive.hasPrefix(" ") && item.negative.hasPrefix(" "), "\(item)")
      #expect(item.prompt.last?.isWhitespace == false, "\(item)")
      let words = [item.positive, item.negative].map { $0.split(separator: " ").count }
      #expect(words.allSatisfy { (1...3).contains($0) } && abs(words[0] - words[1]) <= 1, "\(item)")
    }
  }

  @Test(arguments: ContrastSet.bundledNames)
  func nothingOfTheTestIsInTheTraining(name: String) throws {
    let set = try ContrastSet.bundled(name)
    let training = set.train.flatMap { [$0.positive, $0.negative] }
    let tested = set.test.flatMap { [$0.prompt + $0.positive, $0.prompt + $0.negative] }
    let all = training + tested + set.generationPrompts + set.choice.map(\.question)
    #expect(Set(all.map { $0.lowercased() }).count == all.count)
    let known = Set(training.flatMap(fourWords))
    for text in tested + set.generationPrompts + set.choice.flatMap({ [$0.positive, $0.negative] }) {
      #expect(known.isDisjoint(with: fourWords(text)), "\(text)")
    }
  }

  /// What the program carries is the file of the sources.
  @Test(arguments: ContrastSet.bundledNames)
  func bundledFilesAreTheSources(name: String) throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let file = tests.appending(path: "../../Sources/Steering/Resources/\(name).json")
    #expect(try ContrastSet.bundledFile(name) == Array(try Data(contentsOf: file)))
  }

  @Test func neutralTextsAreMany() throws {
    let texts = try ContrastSet.neutralTexts()
    #expect(texts.count >= 60 && Set(texts).count == texts.count)
    #expect(texts.allSatisfy { $0.hasSuffix(".") && $0.count > 40 })
  }

  @Test func anUnknownNameListsTheKnownOnes() {
    for name in ["joy", "neutral", "../sentiment", ""] {
      let error = #expect(throws: SteeringError.self) { try ContrastSet.bundled(name) }
      #expect(error?.description.contains("sentiment, formality, certainty, tense") == true)
    }
  }

  private func fourWords(_ text: String) -> [String] {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" }.map(String.init)
    guard words.count >= 4 else { return [] }
    return (0...words.count - 4).map { words[$0..<$0 + 4].joined(separator: " ") }
  }
}

@Suite struct ContrastSetFormatTests {
  func parse(_ text: String, options: ContrastSet.SplitOptions = .init()) throws -> ContrastSet {
    try ContrastSet(parsing: Data(text.utf8), file: "folder/set.json", options: options)
  }

  @Test func ourFormat() throws {
    let set = try parse(
      """
      {"name": "n", "train": [{"positive": "a", "negative": "b"}],
       "test": [{"prompt": "p", "positive": " x", "negative": " y"}],
       "choice": [{"question": "q?", "positive": "c", "negative": "d"}], "generation_prompts": ["g"]}
      """)
    #expect(
      set
        == ContrastSet(
          name: "n", train: [.init(positive: "a", negative: "b")],
          test: [.init(prompt: "p", positive: " x", negative: " y")], generationPrompts: ["g"],
          choice: [.init(question: "q?", positive: "c", negative: "d")]))
  }

  @Test func aListOfChoicesIsSplitAtTheBracket() throws {
    let items = (0..<10).map {
      #"{"positive": "Q\#($0)?\n (A) no\n (B) yes\n (B)", "negative": "Q\#($0)?\n (A) no\n (B) yes\n (A)"}"#
    }
    let set = try parse("[" + items.joined(separator: ",") + "]")
    #expect(set.name == "set" && set.train.count == 6 && set.test.count == 4)
    for item in set.test {
      #expect(item.prompt.hasSuffix("(B) yes\n (") && item.positive == "B)" && item.negative == "A)")
      #expect(!set.train.contains { $0.positive == item.prompt + item.positive })
    }
    #expect(try parse("[" + items.joined(separator: ",") + "]") == set)
    var other = ContrastSet.SplitOptions()
    other.seed = 2
    #expect(try parse("[" + items.joined(separator: ",") + "]", options: other) != set)
  }

  @Test func questionsOfCAA() throws {
    let items = (0..<5).map {
      #"{"question": "Q\#($0)?\n\nChoices:\n (A) x\n (B) y", "answer_matching_behavior": "(A)", "answer_not_matching_behavior": " (B)"}"#
    }
    let set = try parse("[" + items.joined(separator: ",") + "]")
    #expect(set.train.count == 3 && set.test.count == 2 && set.choice.count == 2)
    #expect(set.train.allSatisfy { $0.positive.hasSuffix("(B) y (A)") && $0.negative.hasSuffix("(B) y (B)") })
    #expect(
      set.test.allSatisfy { $0.prompt.hasSuffix("(B) y (") && $0.positive == "A)" && $0.negative == "B)" })
    #expect(set.choice.allSatisfy { $0.question.hasSuffix("(B) y") && $0.positive == " (A)" })
  }

  @Test func pairsWithoutACommonBeginningAreNotTested() throws {
    let set = try parse(#"[{"positive": "Yes.", "negative": "No."}, {"positive": "ab", "negative": "ac"}]"#)
    #expect(set.train.count == 2 && set.test.isEmpty)
  }

  @Test func jsonLinesAreAList() throws {
    let pairs = [
      #"{"positive": "I am a", "negative": "I am b"}"#, #"{"positive": "I am c", "negative": "I am d"}"#,
      #"{"positive": "I am e", "negative": "I am f"}"#,
    ]
    let list = try parse("[" + pairs.joined(separator: ",") + "]")
    for separator in ["\n", "\r\n", "\n\n"] {
      #expect(try parse(pairs.joined(separator: separator)) == list)
      #expect(try parse("\u{FEFF}" + pairs.joined(separator: separator) + separator) == list)
    }
    #expect(throws: SteeringError.self, "on one line") { try parse(pairs.joined(separator: " ")) }
    let error = #expect(throws: SteeringError.self) { try parse(pairs[0]) }
    #expect(error?.description.contains("at least 2 different pairs") == true)
    let bad = #expect(throws: SteeringError.self) {
      try parse(pairs[0] + "\n" + pairs[1] + "\n{\"positive\" 1}")
    }
    #expect(bad?.description.contains("line 3, column 13") == true, "\(bad?.description ?? "")")
  }

  @Test func syntaxErrorsSayTheLine() {
    let text =
      "[\n  {\"positive\": \"ä\", \"negative\": \"b\"}\n  {\"positive\": \"c\", \"negative\": \"d\"}]"
    let error = #expect(throws: SteeringError.self) { try parse(text) }
    #expect(
      error?.description.contains("line 3, column 3 (byte 42): expected \",\" or \"]\"") == true,
      "\(error?.description ?? "")")
    let twice = #expect(throws: SteeringError.self) {
      try parse(#"[{"positive": "a", "positive": "b", "negative": "c"}]"#)
    }
    #expect(twice?.description.contains("\"positive\" again") == true)
  }

  /// 60 MB of `0,` were 181 s and 1.4 GB.
  @Test func manyValuesAreRefusedEarly() {
    let text = "[" + String(repeating: "0,", count: 1 << 23) + "0]"
    let error = #expect(throws: SteeringError.self) { try parse(text) }
    #expect(error?.description.contains("at most 4194304 values") == true)
  }

  @Test func otherFilesAreNamed() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kinds-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "set.json")
    let contents = [
      ("a web page", "<!DOCTYPE html><html></html>"),
      ("Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"),
      ("GGUF", "GGUF\u{3}"),
    ]
    for (words, text) in contents {
      try Data(text.utf8).write(to: file)
      let error = #expect(throws: SteeringError.self) { try ContrastSet.load(file) }
      #expect(error?.description.contains(words) == true)
    }
  }

  @Test(arguments: [-0.1, 0.95, .nan]) func aShareThatCannotBeIsRefused(share: Double) {
    var options = ContrastSet.SplitOptions()
    options.testFraction = share
    #expect(
      throws: SteeringError.option(name: "testFraction", expected: "0 to 0.9", actual: "\(share)")
    ) { try parse("[]", options: options) }
  }

  @Test func repeatedPairsCountOnce() throws {
    let pair = #"{"positive": "It is good", "negative": "It is bad"}"#
    let set = try parse("[\(pair), \(pair), {\"positive\": \"I am well\", \"negative\": \"I am ill\"}]")
    #expect(set.train.count + set.test.count == 2)
  }

  @Test(arguments: [
    ("It is good", "It is bad", "It is", " good", " bad"),
    ("It is good", "It is goodness", "It is", " good", " goodness"),
    ("Line\ngood", "Line\nbad", "Line\n", "good", "bad"),
    ("Pick (A)", "Pick (B)", "Pick (", "A)", "B)"),
    ("Pick A", "Pick A or B", "Pick", " A", " A or B"),
    ("naïve café x", "naïve café y", "naïve café", " x", " y"),
    ("日本 good", "日本 bad", "日本", " good", " bad"),
  ])
  func theCutKeepsWordsWhole(
    positive: String, negative: String, prompt: String, first: String, second: String
  ) {
    let item = ContrastSet.TestItem(splitting: .init(positive: positive, negative: negative))
    #expect(item == .init(prompt: prompt, positive: first, negative: second))
  }

  @Test(arguments: [("good", "goodness"), ("a", "b"), (" a", " b"), ("same x", "same x")])
  func noPromptNoItem(positive: String, negative: String) {
    let item = ContrastSet.TestItem(splitting: .init(positive: positive, negative: negative))
    // Equal texts never come this far from a file; they must not trap either.
    if let item { #expect(item.prompt + item.positive == positive && item.prompt == "same") }
  }

  @Test func filesFromDiskHaveTheirName() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "kindness-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(
      #"[{"positive": "I am a", "negative": "I am b"}, {"positive": "I am c", "negative": "I am d"}]"#.utf8
    )
    .write(to: file)
    #expect(try ContrastSet.load(file).name.hasPrefix("kindness-"))
    #expect(throws: SteeringError.self) { try ContrastSet.load(file.appending(path: "absent")) }
    #expect(throws: SteeringError.self) { try ContrastSet.load(FileManager.default.temporaryDirectory) }
  }
}

@Suite struct HostileContrastSetTests {
  static let pair = #"{"positive": "a", "negative": "b"}"#

  @Test(arguments: [
    ("", "top level"), ("{", "top level"), ("nope", "top level"), ("3", "top level"), ("null", "top level"),
    ("\"text\"", "top level"), ("[]", "top level"), ("[\(pair)]", "top level"), ("{}", "top level"),
    ("[\(pair), 3]", "item 1"), ("[\(pair), null]", "item 1"), ("[\(pair), [\(pair)]]", "item 1"),
    ("[\(pair), {\"positive\": \"a\"}]", "item 1"),
    ("[\(pair), {\"positive\": 1, \"negative\": \"b\"}]", "item 1, positive"),
    ("[\(pair), {\"positive\": \" \\n\", \"negative\": \"b\"}]", "item 1, positive"),
    ("[\(pair), {\"positive\": \"b\", \"negative\": \"b\"}]", "item 1"),
    ("[\(pair), {\"question\": \"q\", \"answer_matching_behavior\": \"(A)\"}]", "item 1"),
    ("{\"train\": [\(pair)]}", "top level"), ("{\"name\": \"n\", \"train\": []}", "train"),
    ("{\"name\": \"n\", \"train\": {}}", "train"), ("{\"name\": 3, \"train\": [\(pair)]}", "name"),
    ("{\"name\": \"n\", \"train\": [\(pair)], \"tests\": []}", "top level"),
    ("{\"name\": \"n\", \"train\": [\(pair)], \"test\": [\(pair)]}", "test, item 0"),
    (
      "{\"name\": \"n\", \"train\": [\(pair)], \"generation_prompts\": [1e999]}", "generation_prompts, item 0"
    ),
  ])
  func badFilesNameThePlace(text: String, place: String) {
    let error = #expect(throws: SteeringError.self) {
      try ContrastSet(parsing: Data(text.utf8), file: "bad.json")
    }
    guard case .contrastSet(let file, let found, let expected, let actual, let remedy)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(file == "bad.json" && (found == place || found.hasPrefix("JSON, line 1, column ")))
    #expect(!expected.isEmpty && !actual.isEmpty && !remedy.isEmpty)
  }

  @Test func deepNestingThrows() {
    for open in ["[", "{\"a\":"] {
      let text = String(repeating: open, count: 200_000)
      #expect(throws: SteeringError.self) { try ContrastSet(parsing: Data(text.utf8), file: "deep.json") }
    }
    let closed = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
    #expect(throws: SteeringError.self) { try ContrastSet(parsing: Data(closed.utf8), file: "deep.json") }
  }

  @Test func flippedBytesThrowOrParse() {
    let good = Data(
      #"[{"positive": "It is ä", "negative": "It is b"}, {"positive": "c", "negative": "d"}]"#.utf8)
    for position in good.indices {
      for mask: UInt8 in [0x01, 0x20, 0x80, 0xFF] {
        var bad = good
        bad[position] ^= mask
        do throws(SteeringError) {
          let set = try ContrastSet(parsing: bad, file: "flip.json")
          #expect(set.train.count + set.test.count == 2)
        } catch {
          #expect(error.description.hasPrefix("flip.json: "))
        }
      }
    }
  }
}
