internal import Files
public import Foundation
import Tensors

extension ContrastSet {
  /// Reads a set from JSON text in any of the three formats, told apart by the top level and the first item. A list
  /// may also stand as JSON Lines, an object a line.
  ///
  /// A list is cleared of repeated pairs, shuffled by the seed and split; of each held-out pair the prompt is
  /// the common beginning of the two texts (``TestItem/init(splitting:)``). Pairs without a common beginning
  /// stay in the training part. CAA items also become choice items where they are held out.
  /// - Parameter file: the name to put into errors.
  /// - Throws: ``SteeringError/contrastSet(file:place:expected:actual:remedy:)`` with the place in the file; `.option`.
  public init(parsing data: Data, file: String, options: SplitOptions = SplitOptions()) throws(SteeringError)
  {
    try self.init(bytes: Array(data), file: file, options: options)
  }

  init(bytes: [UInt8], file: String, options: SplitOptions) throws(SteeringError) {
    guard (0...0.9).contains(options.testFraction) else {
      throw .option(name: "testFraction", expected: "0 to 0.9", actual: "\(options.testFraction)")
    }
    let document = try ContrastSetReader(file: file).document(bytes)
    let isOnePair = document.node["positive"] != nil || document.node["question"] != nil
    if let items = document.node.array ?? (isOnePair ? [document.node] : nil) {
      // Only a known extension is none of the name: `tone.v2` is one.
      let last = URL(filePath: file).lastPathComponent
      let ending = [".json", ".jsonl"].first { last.count > $0.count && last.lowercased().hasSuffix($0) }
      let name = String(last.dropLast(ending?.count ?? 0))
      try self.init(name: name, list: document, items: items, options: options)
    } else {
      try self.init(document: document)
    }
  }

  /// Our own format.
  private init(document: ContrastSetReader.Element) throws(SteeringError) {
    let object = try document.object(
      allowing: ["name", "description", "licence", "train", "test", "generation_prompts", "choice"])
    let train = try object.items("train", required: true) { (item) throws(SteeringError) in
      let fields = try item.fields(["positive", "negative"])
      return Pair(positive: fields[0], negative: fields[1])
    }
    let test = try object.items("test") { (item) throws(SteeringError) in
      let fields = try item.fields(["prompt", "positive", "negative"])
      return TestItem(prompt: fields[0], positive: fields[1], negative: fields[2])
    }
    let choice = try object.items("choice") { (item) throws(SteeringError) in
      let fields = try item.fields(["question", "positive", "negative"])
      return Choice(question: fields[0], positive: fields[1], negative: fields[2])
    }
    self.init(
      name: try object.string("name", required: true) ?? "",
      description: try object.string("description") ?? "",
      licence: try object.string("licence"), train: train, test: test,
      generationPrompts: try object.strings("generation_prompts"), choice: choice)
  }

  /// A list of pairs, or of CAA's questions.
  private init(
    name: String, list: ContrastSetReader.Element, items: [JSON], options: SplitOptions
  ) throws(SteeringError) {
    var entries: [(pair: Pair, choice: Choice?)] = []
    var seen: Set<Pair> = []
    let caa = ["question", "answer_matching_behavior", "answer_not_matching_behavior"]
    for (index, node) in items.enumerated() {
      let item = list.child(node, "item \(index)")
      let entry: (pair: Pair, choice: Choice?)
      if node["question"] != nil {
        let fields = try item.fields(caa)
        let answers = fields[1...2].map { $0.first?.isWhitespace == true ? $0 : " " + $0 }
        let choice = Choice(question: fields[0], positive: answers[0], negative: answers[1])
        entry = (Pair(positive: fields[0] + answers[0], negative: fields[0] + answers[1]), choice)
      } else {
        let fields = try item.fields(["positive", "negative"])
        entry = (Pair(positive: fields[0], negative: fields[1]), nil)
      }
      if seen.insert(entry.pair).inserted { entries.append(entry) }
    }
    guard entries.count >= 2 else {
      throw list.error(
        expected: "at least 2 different pairs", actual: "\(entries.count)",
        remedy: "add pairs, so that some can be held out")
    }
    self.init(name: name, entries: entries, options: options)
  }

  private init(name: String, entries: [(pair: Pair, choice: Choice?)], options: SplitOptions) {
    var random = SeededRandom(seed: options.seed)
    let held = Int(Double(entries.count) * options.testFraction)
    var train: [Pair] = []
    var test: [TestItem] = []
    var choice: [Choice] = []
    for index in random.permutation(entries.count) {
      let entry = entries[index]
      if test.count < held, let item = TestItem(splitting: entry.pair) {
        test.append(item)
        if let question = entry.choice { choice.append(question) }
      } else {
        train.append(entry.pair)
      }
    }
    self.init(name: name, train: train, test: test, choice: choice)
  }
}

extension ContrastSet.TestItem {
  /// The common beginning of two texts as a prompt, their different ends as continuations.
  ///
  /// The cut never divides a word: it lies after the last `(` or line break of the common beginning, or before
  /// its last space, so that tokens such as ` word` and `A` stay whole. `nil` if nothing of a prompt is left.
  public init?(splitting pair: ContrastSet.Pair) {
    let (first, second) = (Array(pair.positive), Array(pair.negative))
    var shared = 0
    while shared < min(first.count, second.count), first[shared] == second[shared] { shared += 1 }
    var cut = shared
    while cut > 0 {
      let last = first[cut - 1]
      if last == "(" || last.isNewline { break }
      cut -= 1
      if last.isWhitespace { break }
    }
    guard first[..<cut].contains(where: { !$0.isWhitespace }), cut < first.count, cut < second.count else {
      return nil
    }
    self.init(
      prompt: String(first[..<cut]), positive: String(first[cut...]), negative: String(second[cut...]))
  }
}
