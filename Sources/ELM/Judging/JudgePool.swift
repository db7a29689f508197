internal import Domains
internal import Stores
internal import Tensors

/// What one task is judged on: some examples of the test, and texts among which theirs are looked for.
///
/// No two have one text or one item's group: a text that is true of two vectors has no one rank.
struct JudgePool {
  /// Those that are judged, drawn by the seed.
  let examples: [ElmExample]
  /// Answers: those of the examples in their order, then those of further ones.
  let texts: [String]

  init(_ all: [ElmExample], in domain: Domain, items: Int, texts: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed ^ 0x0900_1000)
    var (groups, words) = (Set<String>(), Set<[String]>())
    let drawn = random.permutation(all.count).map { all[$0] }.filter { example in
      let spoken = TextWords.words(of: example.answer)
      guard !spoken.isEmpty, !words.contains(spoken), !groups.contains(domain.groups[example.items[0]]) else {
        return false
      }
      words.insert(spoken)
      groups.insert(domain.groups[example.items[0]])
      return true
    }
    examples = Array(drawn.prefix(items))
    self.texts = drawn.prefix(max(items, texts)).map(\.answer)
  }
}

extension ElmExample {
  /// The vectors of its points, in their order.
  func vectors(in domain: Domain) -> [[Float]] { points.map { $0.vector(in: domain) } }

  /// The prompt with vectors in it.
  func prompt(in domain: Domain) -> ElmPrompt {
    ElmPrompt(
      prompt.map { piece in
        switch piece {
        case .text(let text): .text(text)
        case .point(let point): .vector(point.vector(in: domain))
        }
      })
  }

  /// The prompt with the items' names in quotation marks where vectors stood.
  func promptByName(in domain: Domain) -> ElmPrompt {
    ElmPrompt([
      .text(
        prompt.map { piece in
          switch piece {
          case .text(let text): text
          case .point(let point):
            point.terms.map { "\"\(domain.names[$0.item])\"" }.joined(separator: " and ")
          }
        }.joined())
    ])
  }

  /// The prompt's words alone; a question mark where it has none.
  var promptWithoutVectors: ElmPrompt {
    let words = prompt.compactMap { if case .text(let text) = $0 { ElmPrompt.Piece.text(text) } else { nil } }
    return ElmPrompt(words.isEmpty ? [.text("?")] : words)
  }
}
