internal import Files
public import Tokenizers

/// A token that a lens reads, with how much.
public struct ReadToken: Sendable, Equatable, Codable {
  public let id: Int
  /// What it stands for, escaped (`EscapedText`); a special token's name.
  public let text: String
  /// A probability, or for a direction standard deviations of its logits above their mean.
  public let value: Double
}

extension Tokenizer {
  /// What a token stands for, escaped; a special token's name; its number where nothing names it.
  public func shownText(of id: Int) -> String {
    guard vocabulary.indices.contains(id) else { return "[\(id)]" }
    let token = vocabulary[id]
    return EscapedText.of(
      token.kind == .control || token.bytes.isEmpty ? Array(token.form.utf8) : token.bytes)
  }
}

/// How many numbers are larger than another.
func count(above limit: Float, in numbers: Span<Float>) -> Int {
  var count: Int32 = 0
  for i in numbers.indices { count &+= numbers[i] > limit ? 1 : 0 }
  return Int(count)
}
