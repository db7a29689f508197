/// The pieces whose scores (logarithms of probabilities) have the highest sum, found from left to right (Viterbi); a character
/// that is no piece is unknown, at ten below the lowest score, and unknown ones in a row are one.
///
/// Kudo, "Subword Regularization" (2018); `unigram_model.cc` of SentencePiece.
struct UnigramEncoder: Sendable {
  private let trie: ByteTrie
  private let scores: [Double]
  private let unknown: Int?
  private let unknownScore: Double
  /// Whether sums are rounded to single precision, as SentencePiece has them: ties are broken by that.
  private let isSingle: Bool
  /// Tokens of bytes; empty without the fallback.
  private let byteTokens: [Int32]

  /// The best way to each place.
  struct Scratch {
    fileprivate var best: [Double] = []
    fileprivate var starts: [Int32] = []
    fileprivate var ids: [Int32] = []
    fileprivate var path: [(id: Int32, start: Int, end: Int)] = []
  }

  init(
    entries: [(bytes: [UInt8], id: Int32)], scores: [Double], lowest: Double, unknown: Int?,
    byteTokens: [Int32],
    isSingle: Bool
  ) {
    self.isSingle = isSingle
    trie = ByteTrie(entries.map { ($0.bytes, $0.id) })
    self.scores = scores
    self.unknown = unknown
    self.byteTokens = byteTokens
    unknownScore = lowest - 10
  }

  /// Without an unknown token, characters that are no piece are left out.
  func encode(
    _ text: Span<UInt8>, from start: Int, to end: Int, _ scratch: inout Scratch, into pieces: inout Pieces
  ) {
    let count = end - start
    guard count > 0 else { return }
    findPaths(text, start, count, &scratch)
    scratch.path.removeAll(keepingCapacity: true)
    var place = count
    while place > 0 {
      let (id, from) = (scratch.ids[place], Int(scratch.starts[place]))
      if id < 0 || Int(id) == unknown, let last = scratch.path.last, last.id < 0 || Int(last.id) == unknown {
        scratch.path[scratch.path.count - 1].start = start + from
      } else {
        scratch.path.append((id, start + from, start + place))
      }
      place = from
    }
    for token in scratch.path.reversed() {
      if token.id >= 0, Int(token.id) != unknown {
        pieces.append(Int(token.id), from: token.start, to: token.end)
      } else {
        appendUnknown(text, token.start, token.end, into: &pieces)
      }
    }
  }

  private func findPaths(_ text: Span<UInt8>, _ start: Int, _ count: Int, _ scratch: inout Scratch) {
    if scratch.best.count <= count {
      scratch.best = Array(repeating: 0, count: count + 1)
      scratch.starts = Array(repeating: -1, count: count + 1)
      scratch.ids = Array(repeating: -1, count: count + 1)
    }
    for place in 0...count { scratch.starts[place] = -1 }
    scratch.best[0] = 0
    var place = 0
    while place < count {
      let here = scratch.best[place]
      let length = decodeScalar(text, at: start + place, limit: start + count).length
      var hasCharacter = false
      var node: Int32 = 0
      var end = place
      while end < count, let next = trie.child(of: node, text[start + end]) {
        node = next
        end += 1
        let id = trie.value(at: node)
        guard id >= 0 else { continue }
        let score = sum(here, scores[Int(id)])
        if scratch.starts[end] < 0 || score > scratch.best[end] {
          (scratch.best[end], scratch.starts[end], scratch.ids[end]) = (score, Int32(place), id)
        }
        if end - place == length { hasCharacter = true }
      }
      let behind = place + length
      let score = sum(here, unknownScore)
      if !hasCharacter, scratch.starts[behind] < 0 || score > scratch.best[behind] {
        scratch.best[behind] = score
        (scratch.starts[behind], scratch.ids[behind]) = (Int32(place), -1)
      }
      place = behind
    }
  }

  private func sum(_ a: Double, _ b: Double) -> Double { isSingle ? Double(Float(a + b)) : a + b }

  private func appendUnknown(_ text: Span<UInt8>, _ start: Int, _ end: Int, into pieces: inout Pieces) {
    if !byteTokens.isEmpty, (start..<end).allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) {
      for index in start..<end { pieces.append(Int(byteTokens[Int(text[index])]), from: start, to: end) }
    } else if let unknown {
      pieces.append(unknown, from: start, to: end)
    }
  }
}
