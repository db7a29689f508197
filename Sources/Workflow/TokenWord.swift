package import Tokenizers
internal import Vocabularies

extension Token {
  /// As reports print it, with ▁ for the start of a word.
  package var word: String { CanonicalForm(self)?.description ?? form }
}
