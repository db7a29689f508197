public import Tokenizers

/// The tokens of a checkpoint, one for each id, read without its rules for cutting and merging text.
public struct CheckpointVocabulary: Sendable {
  public let tokens: [Token]
  /// What a user should know of how they were read, a sentence each; empty where nothing is unusual.
  public let remarks: [String]
}

extension Checkpoint {
  /// The vocabulary alone: all that geometry needs of a tokenizer. Text rules that this version does not have
  /// (docs/tokenizers.md) are a remark here; ``tokenizerDefinition()`` throws for them.
  /// - Throws: when the checkpoint carries no vocabulary, or one with two tokens of one id.
  public func vocabulary() throws(CheckpointError) -> CheckpointVocabulary {
    switch source {
    case .gguf(let file): try GGUFTokenizerReader(file: file).vocabulary()
    case .folder(let folder): try HuggingFaceTokenizerReader(folder: folder).vocabulary()
    case .vectors(let vectors): try vectors.vocabulary(path)
    }
  }
}

/// The vocabulary of these entries, with the remark that `textRules` throws.
func checkpointVocabulary(
  _ path: String, forms: [String], types: [TokenType], spelling: (TokenSpelling, guessed: Bool),
  textRules: () throws(CheckpointError) -> Void
) throws(CheckpointError) -> CheckpointVocabulary {
  let tokens = try tokenizerErrors(path) { () throws(TokenizerError) in
    try makeVocabulary(forms: forms, types: types, spelling: spelling.0)
  }
  var remarks: [String] = []
  do throws(CheckpointError) { try textRules() } catch {
    remarks.append("\(error); only running it on text needs that: its tokens and embeddings are read")
  }
  if spelling.guessed {
    remarks.append("\(path): the entries of the vocabulary were read as \(spelling.0.words)")
  }
  return CheckpointVocabulary(tokens: tokens, remarks: remarks)
}

extension TokenSpelling {
  var words: String {
    switch self {
    case .byteLevel: "byte-level (Ġ stands for a space)"
    case .sentencePiece: "SentencePiece (▁ stands for a space)"
    case .wordPiece: "WordPiece (## goes on with a word)"
    case .words: "whole words (king is ` king` of other vocabularies)"
    case .plain: "plain text, since hardly any has a mark for a space"
    }
  }
}
