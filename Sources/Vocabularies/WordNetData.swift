/// The synsets of one `data` file.
struct WordNetData {
  struct Pointer {
    let symbol: String
    let synset: Int32
    let part: PartOfSpeech
    let offset: Int
    let line: Int
  }

  let path: String
  let first: Int
  /// Ascending: where each synset's line starts.
  var offsets: [Int] = []
  /// Hypernyms and similar adjectives.
  var pointers: [Pointer] = []
  /// The words of each synset, as it spells them, and its gloss; empty where they were not asked for.
  var texts: [(words: [String], gloss: String)] = []

  /// `offset lex_filenum type w_cnt word lex_id [word lex_id…] p_cnt [symbol offset pos source/target…] …`
  init(
    _ file: WordFile, _ part: PartOfSpeech, firstSynset: Int, withTexts: Bool = false
  ) throws(VocabularyError) {
    path = file.path
    first = firstSynset
    var offsets: [Int] = []
    var pointers: [Pointer] = []
    var texts: [(words: [String], gloss: String)] = []
    try file.forEachLine { line throws(VocabularyError) in
      if line.isIndented { return }
      let offset = try line.number("the line's offset", digits: 8)
      guard offset == line.start else {
        throw line.malformed("the line's own offset \(line.start)", "\(offset)")
      }
      let synset = Int32(firstSynset + offsets.count)
      _ = try line.number("a lexicographer file", digits: 2)
      let mark = line.field()
      guard PartOfSpeech(mark) == part else { throw line.malformed("the mark of a \(part.rawValue)", mark) }
      let words = try line.number("a count of words", digits: 2, radix: 16)
      guard words > 0 else { throw line.malformed("a word", "a count of 0") }
      var spellings: [String] = []
      for _ in 0..<words {
        spellings.append(try line.text("a word"))
        _ = try line.number("a sense of the word", digits: 2, radix: 16)
      }
      for _ in 0..<(try line.number("a count of pointers", digits: 3)) {
        let symbol = try line.text("a pointer symbol")
        let target = try line.number("the offset of a synset", digits: 8)
        let mark = line.field()
        guard let targetPart = PartOfSpeech(mark) else {
          throw line.malformed("n, v, a, s or r", mark)
        }
        _ = try line.number("a source and target", digits: 4, radix: 16)
        guard ["@", "@i", "&"].contains(symbol) else { continue }
        pointers.append(
          Pointer(symbol: symbol, synset: synset, part: targetPart, offset: target, line: line.number))
      }
      if part == .verb { try Self.skipFrames(&line) }
      let bar = line.field()
      guard bar.elementsEqual([UInt8(ascii: "|")]) else { throw line.malformed("| and a gloss", bar) }
      offsets.append(offset)
      if withTexts { texts.append((spellings, try line.rest("a gloss"))) }
    }
    (self.offsets, self.pointers, self.texts) = (offsets, pointers, texts)
  }

  /// `f_cnt + f_num w_num [+ …]`
  private static func skipFrames(_ line: inout LineCursor) throws(VocabularyError) {
    for _ in 0..<(try line.number("a count of frames", digits: 2)) {
      let plus = line.field()
      guard plus.elementsEqual([UInt8(ascii: "+")]) else { throw line.malformed("+", plus) }
      _ = try line.number("a frame", digits: 2)
      _ = try line.number("a word of the frame", digits: 2, radix: 16)
    }
  }

  /// The number of the synset whose line starts there.
  func synset(at offset: Int) -> Int32? {
    var (low, high) = (0, offsets.count)
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low < offsets.count && offsets[low] == offset ? Int32(first + low) : nil
  }
}
