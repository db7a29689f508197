import Foundation
import Tokenizers
import Vocabularies

/// Which tokens of a vocabulary carry content, and how much each weighs in a text.
struct ContentWords: Sendable {
  let tokenizer: Tokenizer
  /// Per token id; 0 for tokens without letters or digits.
  let weights: [Float]

  /// Weight `a / (a + p)` with a = 10⁻³ (smooth inverse frequency; Arora, Liang, Ma 2017).
  ///
  /// No corpus is counted: byte-pair encoders number tokens about in the order of their frequency, so the r-th token with content
  /// is taken to have Zipf's p = 1 / (r H).
  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    let content = tokenizer.vocabulary.prefix(tokenizer.namedCount).filter {
      [.wordStart, .continuation, .nonLatin, .digit].contains(TokenClass($0))
    }
    let harmonic = log(Double(max(2, content.count))) + 0.5772
    var weights = [Float](repeating: 0, count: tokenizer.vocabulary.count)
    for (index, token) in content.enumerated() {
      weights[token.id] = Float(1e-3 / (1e-3 + 1 / (Double(index + 1) * harmonic)))
    }
    self.weights = weights
  }

  /// The words of an answer, in lower case, and the positions of the tokens of each.
  func words(of tokens: [Int]) -> [(text: String, positions: [Int])] {
    var words: [(text: String, positions: [Int])] = []
    var isOpen = false
    for (position, id) in tokens.enumerated() {
      let text = String(decoding: tokenizer.vocabulary[id].bytes, as: UTF8.self).lowercased()
      guard weights[id] > 0 else {
        isOpen = false
        continue
      }
      if isOpen, text.first.map({ $0.isLetter || $0.isNumber }) == true {
        words[words.count - 1].text += text
        words[words.count - 1].positions.append(position)
      } else {
        words.append((text, [position]))
      }
      isOpen = text.last.map { $0.isLetter || $0.isNumber } == true
    }
    return words.map { (Self.letters($0.text), $0.positions) }
  }

  /// A token or word as copies are compared by: letters and digits in lower case.
  static func letters(_ text: String) -> String {
    text.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  /// Whether a word repeats what a point decodes to: the same word, or one that begins with it where it has four letters or more.
  static func isCopy(_ word: String, of decoded: String) -> Bool {
    !decoded.isEmpty && (word == decoded || decoded.count >= 4 && word.hasPrefix(decoded))
  }
}
