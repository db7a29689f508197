/// Finds tokens that are recognised in text as they stand, before any merging: a trie of their bytes.
///
/// Control tokens count only when asked for; user-defined tokens always do. At each place the longest wins,
/// and places are tried from left to right, as Hugging Face's tokenizers do.
struct SpecialTokens: Sendable {
  /// A stretch of text: ordinary, or one token.
  enum Part {
    case text(start: Int, end: Int)
    case token(id: Int32, start: Int, end: Int)
  }

  private struct Node {
    var token: Int32 = -1
    var isControl = false
  }

  private var edges: PairTable
  private var nodes = [Node()]
  private var starts = [Bool](repeating: false, count: 256)

  /// - Parameter tokens: bytes, id and whether it is a control token; empty byte strings are left out.
  init(_ tokens: [(bytes: [UInt8], id: Int32, isControl: Bool)]) {
    edges = PairTable(capacity: tokens.reduce(0) { $0 + $1.bytes.count })
    for token in tokens {
      guard let first = token.bytes.first else { continue }
      starts[Int(first)] = true
      var node: Int32 = 0
      for byte in token.bytes {
        if let known = edges.value(of: node, Int32(byte)) {
          node = Int32(known)
        } else {
          edges.insert(node, Int32(byte), UInt32(nodes.count))
          node = Int32(nodes.count)
          nodes.append(Node())
        }
      }
      nodes[Int(node)] = Node(token: token.id, isControl: token.isControl)
    }
  }

  /// Calls `body` with the parts of the text in order; no part is empty.
  func split(_ text: Span<UInt8>, includingControl: Bool, _ body: (Part) -> Void) {
    var pending = 0
    var index = 0
    while index < text.count {
      if starts[Int(text[index])], let match = longest(text, index, includingControl) {
        if pending < index { body(.text(start: pending, end: index)) }
        body(.token(id: match.id, start: index, end: match.end))
        index = match.end
        pending = index
      } else {
        index += 1
      }
    }
    if pending < index { body(.text(start: pending, end: index)) }
  }

  private func longest(
    _ text: Span<UInt8>, _ start: Int, _ includingControl: Bool
  ) -> (id: Int32, end: Int)? {
    var best: (id: Int32, end: Int)?
    var node: Int32 = 0
    var index = start
    while index < text.count, let following = edges.value(of: node, Int32(text[index])) {
      node = Int32(following)
      index += 1
      let reached = nodes[Int(node)]
      if reached.token >= 0, includingControl || !reached.isControl { best = (reached.token, index) }
    }
    return best
  }
}
