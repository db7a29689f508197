/// The texts that a model was trained to say, to find what it copies.
public struct TrainingTexts: Sendable {
  /// Words of a run that counts as copied.
  public static let leastRun = 8

  private let texts: [[String]]
  private let whole: Set<[String]>
  /// Where runs of ``leastRun`` words stand: text and place.
  private let places: [ArraySlice<String>: [Place]]

  private struct Place {
    let text: Int
    let start: Int
  }

  /// O(words of all texts), and as much memory.
  public init(_ texts: some Sequence<String>) {
    let words = Set(texts.map(TextWords.words)).sorted { $0.lexicographicallyPrecedes($1) }
    self.texts = words
    whole = Set(words)
    var places: [ArraySlice<String>: [Place]] = [:]
    for (text, words) in words.enumerated() where words.count >= Self.leastRun {
      for start in 0...words.count - Self.leastRun {
        places[words[start..<start + Self.leastRun], default: []].append(Place(text: text, start: start))
      }
    }
    self.places = places
  }

  /// Whether an answer is, word by word, one of them.
  public func holds(_ answer: String) -> Bool { whole.contains(TextWords.words(of: answer)) }

  /// The words of the longest run that an answer shares with one of them; 0 below ``leastRun``.
  public func longestRun(in answer: String) -> Int {
    let words = TextWords.words(of: answer)
    guard words.count >= Self.leastRun else { return 0 }
    var longest = 0
    for start in 0...words.count - Self.leastRun {
      for place in places[words[start..<start + Self.leastRun]] ?? [] {
        let (own, other) = (words[start...], texts[place.text][place.start...])
        longest = max(longest, zip(own, other).prefix { $0 == $1 }.count)
      }
    }
    return longest
  }
}
