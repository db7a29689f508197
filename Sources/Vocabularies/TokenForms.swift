internal import Foundation
public import Statistics
public import Tokenizers

extension TokenGroups {
  /// Tokens that are forms of one word: equal stems of their texts.
  ///
  /// The text is taken without its leading space, in lower case and without diacritics; of Latin words of four letters or more
  /// common English endings are cut (plural, verb forms), then a doubled last consonant and a last e: `Runs`, ` running`
  /// and `runner`'s `runn` meet, ` run` too. It is a rule for grouping, not for reading: what it joins by mistake only widens
  /// intervals a little, what it misses leaves them a little narrow. Special and reserved tokens are groups of their own.
  public static func forms(of tokens: [Token]) -> TokenGroups {
    TokenGroups(
      tokens.map { token -> String in
        guard let form = CanonicalForm(token), !form.isSpecial,
          let text = String(validating: form.bytes, as: UTF8.self)
        else { return "\u{0}\(token.id)" }
        return stem(
          text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil).trimmingCharacters(
            in: .whitespaces))
      })
  }

  /// Longer endings first.
  private static let endings = ["ings", "ing", "ied", "ies", "ed", "es", "'s", "s"]

  private static func stem(_ word: String) -> String {
    guard word.count >= 4, word.unicodeScalars.allSatisfy({ $0.isASCII }) else { return word }
    var stem = word
    if let ending = endings.first(where: { word.hasSuffix($0) && word.count - $0.count >= 3 }),
      !word.hasSuffix("ss")
    {
      stem = String(word.dropLast(ending.count)) + (ending == "ies" || ending == "ied" ? "y" : "")
    }
    let letters = Array(stem)
    if letters.count > 3, letters[letters.count - 1] == letters[letters.count - 2],
      !"aeiou".contains(stem.last ?? "a")
    {
      stem.removeLast()
    } else if letters.count > 3, stem.hasSuffix("e") {
      stem.removeLast()
    }
    return stem
  }
}
