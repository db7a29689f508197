/// How much a set of answers varies: distinct-n (Li et al. 2016).
///
/// `distinct-n = different n-grams / n-grams`, words over all answers: 1 where nothing is said twice. It falls with the number of words, so
/// compare answers of like count and length.
public enum TextVariety {
  /// - Returns: nil where no answer has n words.
  public static func distinct(_ n: Int, in answers: [String]) -> Double? {
    precondition(n > 0, "n-grams of \(n) words")
    var (seen, total) = (Set<ArraySlice<String>>(), 0)
    for answer in answers {
      let words = TextWords.words(of: answer)
      guard words.count >= n else { continue }
      for start in 0...words.count - n {
        seen.insert(words[start..<start + n])
        total += 1
      }
    }
    return total > 0 ? Double(seen.count) / Double(total) : nil
  }
}
