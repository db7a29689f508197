import TestSupport
import Testing
import Tokenizers

/// Random texts for a seed.
struct RandomText {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int((state >> 11) % UInt64(bound))
  }

  /// Any scalar, half of them from the first two thousand.
  mutating func scalar() -> Unicode.Scalar {
    while true {
      let bound = next(below: 2) == 0 ? 0x800 : 0x11_0000
      if let scalar = Unicode.Scalar(UInt32(next(below: bound))) { return scalar }
    }
  }

  mutating func text(count: Int) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<count { text.append(scalar()) }
    return String(text)
  }

  mutating func bytes(count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(next(below: 256)) } }

  mutating func letters(_ alphabet: [Character], count: Int) -> String {
    String((0..<count).map { _ in alphabet[next(below: alphabet.count)] })
  }
}

@Suite struct TokenizerPropertyTests {
  @Test(arguments: PreTokenizer.allCases)
  func anyTextComesBack(rule: PreTokenizer) throws {
    let tokenizer = try Golden.tokenizer("gpt-2", rule: rule)
    forSeeds(1..<40) { seed in
      var random = RandomText(seed: seed)
      let text = random.text(count: 60)
      let back = tokenizer.decode(tokenizer.encode(text))
      // Swift's equality is canonical: composed text counts as equal, so compare bytes where none is composed.
      #expect(back == text, "seed \(seed)")
      if !rule.composesCanonically { #expect(back.utf8.elementsEqual(text.utf8), "seed \(seed)") }
    }
  }

  @Test func anyTextComesBackFromSentencePiece() throws {
    let tokenizer = try Golden.tokenizer("llama-spm")
    forSeeds(1..<60) { seed in
      var random = RandomText(seed: seed)
      let text = random.text(count: 60).replacing("\u{2581}", with: " ")
      let ids = tokenizer.encode(text)
      #expect(ids.first == tokenizer.beginOfSequence)
      #expect(tokenizer.decode(ids).utf8.elementsEqual(text.utf8), "seed \(seed)")
    }
  }

  @Test(arguments: ["gpt-2", "llama-spm"])
  func anyBytesComeBack(name: String) throws {
    let tokenizer = try Golden.tokenizer(name)
    forSeeds(1..<60) { seed in
      var random = RandomText(seed: seed)
      let bytes = random.bytes(count: 80)
      #expect(tokenizer.decodeBytes(tokenizer.encode(bytes: bytes)) == bytes, "seed \(seed)")
    }
  }

  @Test(arguments: ["gpt-2", "llama-spm"])
  func streamEqualsWhole(name: String) throws {
    let tokenizer = try Golden.tokenizer(name)
    forSeeds(1..<60) { seed in
      var random = RandomText(seed: seed)
      let ids =
        seed.isMultiple(of: 2)
        ? tokenizer.encode(random.text(count: 40)) : tokenizer.encode(bytes: random.bytes(count: 60))
      var stream = StreamingDecoder(tokenizer)
      var text = ""
      for id in ids { text += stream.push(id) }
      text += stream.finish()
      #expect(text.utf8.elementsEqual(tokenizer.decode(ids).utf8), "seed \(seed)")
    }
  }

  @Test func streamHoldsBackHalfACharacter() throws {
    let tokenizer = try Golden.tokenizer("gpt-2")
    let ids = tokenizer.encode("🦙")
    try #require(ids.count > 1)
    var stream = StreamingDecoder(tokenizer)
    for id in ids.dropLast() { #expect(stream.push(id) == "") }
    #expect(stream.push(ids[ids.count - 1]) == "🦙")
    #expect(stream.finish() == "")
  }

  /// The textbook loop: find the pair of lowest rank, merge its leftmost occurrence, start over.
  @Test func mergesAsTheTextbookDoes() throws {
    let alphabet: [Character] = ["a", "b", "c"]
    try forSeeds(1..<60) { seed in
      var random = RandomText(seed: seed)
      var forms = alphabet.map(String.init)
      var merges: [(String, String)] = []
      while merges.count < 25 {
        let left = forms[random.next(below: forms.count)]
        let right = forms[random.next(below: forms.count)]
        if forms.contains(left + right) || merges.contains(where: { $0 == (left, right) }) { continue }
        merges.append((left, right))
        forms.append(left + right)
      }
      let tokenizer = try Tokenizer(
        TokenizerDefinition(
          algorithm: .byteLevelBPE(merges: merges.map { "\($0) \($1)" }, preTokenizer: .gpt2), forms: forms))
      let text = random.letters(alphabet, count: 120)
      var symbols = text.map(String.init)
      while let rank = merges.firstIndex(where: { pair in
        zip(symbols, symbols.dropFirst()).contains { $0 == pair }
      }) {
        let place = symbols.indices.dropLast().first { (symbols[$0], symbols[$0 + 1]) == merges[rank] } ?? 0
        symbols.replaceSubrange(place...(place + 1), with: [symbols[place] + symbols[place + 1]])
      }
      #expect(tokenizer.encode(text).map { forms[$0] } == symbols, "seed \(seed)")
    }
  }

  /// The same for SentencePiece: the union of highest score first, the leftmost of equals.
  @Test func piecesMergeAsTheTextbookDoes() throws {
    let alphabet: [Character] = ["a", "b", "▁"]
    try forSeeds(1..<60) { seed in
      var random = RandomText(seed: seed)
      var forms = alphabet.map(String.init)
      while forms.count < 30 {
        let form = random.letters(alphabet, count: 2 + random.next(below: 4))
        if !forms.contains(form) { forms.append(form) }
      }
      let scores = forms.map { _ in Float(-random.next(below: 12)) }
      let tokenizer = try Tokenizer(
        TokenizerDefinition(
          algorithm: .sentencePiece(scores: scores, addSpacePrefix: false), forms: forms))
      let text = random.letters(alphabet, count: 100)
      var symbols = text.map(String.init)
      while true {
        var best: (score: Float, place: Int)?
        for place in symbols.indices.dropLast() {
          guard let id = forms.firstIndex(of: symbols[place] + symbols[place + 1]) else { continue }
          if best.map({ scores[id] > $0.score }) ?? true { best = (scores[id], place) }
        }
        guard let place = best?.place else { break }
        symbols.replaceSubrange(place...(place + 1), with: [symbols[place] + symbols[place + 1]])
      }
      #expect(tokenizer.encode(text).map { forms[$0] } == symbols, "seed \(seed)")
    }
  }
}
