import Tensors

/// Finds the embedding among tensors that no table of names knows: by the name of its module, by the tie that
/// `config.json` states, or by being the only matrix with as many rows as the vocabulary.
struct EmbeddingSearch {
  let files: [any WeightFile]
  /// Whether `config.json` says that unembedding and embedding are one.
  let isTied: Bool
  /// How many tokens there are, as far as the folder says.
  let vocabularySize: Int?

  typealias Place = (file: Int, name: String)

  /// Modules that are input embeddings, of whatever model: the last part of the tensor's name before `weight`.
  private static let inputModules: Set<Substring> = [
    "embed_tokens", "wte", "embed_in", "word_embeddings", "word_embedding", "tok_embeddings", "shared",
    "token_embedding", "tokens_embed", "embedding", "embeddings",
  ]
  private static let outputModules: Set<Substring> = ["lm_head", "embed_out", "output_layer", "output"]

  /// A tensor that was taken, and why, in words.
  struct Finding {
    let place: Place
    let remark: String
  }

  private struct Candidate {
    let place: Place
    let info: SafetensorsInfo

    /// The module that the tensor is the weight of.
    var module: Substring {
      let parts = info.name.split(separator: ".")
      return (parts.last == "weight" ? parts.dropLast() : parts[...]).last ?? ""
    }

    var matrix: NamedShape { NamedShape(name: info.name, rows: info.shape[0], columns: info.shape[1]) }
    var words: String { matrix.words }
  }

  private var matrices: [Candidate] {
    files.enumerated().flatMap { number, file in
      file.tensors.filter { $0.shape.count == 2 && $0.byteCount > 0 }
        .map { Candidate(place: (number, $0.name), info: $0) }
    }
  }

  /// The input embedding; `nil` where no tensor or more than one could be it.
  func input() -> Finding? {
    let all = matrices.filter { Self.inputModules.contains($0.module) }
    let named = fitting(all)
    if let first = named.first {
      guard named.dropFirst().allSatisfy({ isCopy($0, of: first) }) else { return nil }
      let taken = named.first { $0.module == "shared" } ?? first
      let copies = named.count > 1 ? ", whose copies under other names are byte for byte the same" : ""
      let others = all.filter { other in !named.contains { $0.info.name == other.info.name } }
      let hint =
        others.isEmpty
        ? "" : "; `import --tensor` takes another: " + others.map(\.words).joined(separator: ", ")
      return finding(taken, "by its name" + copies + hint)
    }
    let heads = fitting(matrices.filter { Self.outputModules.contains($0.module) })
    if heads.count == 1 {
      return isTied ? finding(heads[0], "since config.json says that it is tied to the embedding") : nil
    }
    guard let vocabularySize, heads.isEmpty else { return nil }
    let rows = matrices.filter { $0.info.shape[0] == vocabularySize }
    return rows.count == 1
      ? finding(rows[0], "as the only matrix with a row for each of the \(vocabularySize) tokens") : nil
  }

  /// The unembedding that fits an embedding of this shape; `nil` where no tensor or more than one could be it.
  func output(shape: [Int]) -> Finding? {
    let heads = matrices.filter { Self.outputModules.contains($0.module) && $0.info.shape == shape }
    return heads.count == 1 ? finding(heads[0], "by its name", as: "unembedding") : nil
  }

  /// An input embedding of this shape, in words, beside the one that was taken; `nil` where there is none.
  func other(than taken: Place, shape: [Int]) -> String? {
    matrices.first {
      Self.inputModules.contains($0.module) && $0.info.shape == shape && $0.place != taken
    }?.words
  }

  private func finding(_ candidate: Candidate, _ why: String, as role: String = "embedding") -> Finding {
    Finding(place: candidate.place, remark: "took \(candidate.words) for the \(role), \(why)")
  }

  /// Those with a row for each token, where the number of tokens is known and any has.
  private func fitting(_ candidates: [Candidate]) -> [Candidate] {
    guard let vocabularySize, candidates.count > 1 else { return candidates }
    let fitting = candidates.filter { $0.info.shape[0] >= vocabularySize }
    return fitting.isEmpty ? candidates : fitting
  }

  private func isCopy(_ a: Candidate, of b: Candidate) -> Bool {
    guard a.info.shape == b.info.shape, a.info.typeName == b.info.typeName else { return false }
    let (first, second) = (files[a.place.file].file, files[b.place.file].file)
    let block = 1 << 20
    return stride(from: 0, to: a.info.byteCount, by: block).allSatisfy { start in
      let count = min(block, a.info.byteCount - start)
      return first.bytes(at: a.info.offset + start, count: count)
        == second.bytes(at: b.info.offset + start, count: count)
    }
  }

  /// The matrices that could be the embedding, for an error.
  var candidates: String { NamedShape.candidates(matrices.map(\.matrix), vocabularySize: vocabularySize) }
}

/// A matrix of a checkpoint, as errors speak of it.
struct NamedShape {
  let name: String
  let rows: Int
  let columns: Int

  var words: String { "\(name) [\(rows) x \(columns)]" }

  /// The matrices that could be the embedding: those with as many rows as the vocabulary, or else those with the most rows.
  static func candidates(_ matrices: [NamedShape], vocabularySize: Int?) -> String {
    let fitting = matrices.filter { $0.rows == vocabularySize }
    let shown = fitting.isEmpty ? matrices.sorted { $0.rows > $1.rows } : fitting
    guard !shown.isEmpty else { return "no tensor has two dimensions" }
    let words = shown.prefix(8).map(\.words).joined(separator: ", ") + (shown.count > 8 ? ", …" : "")
    guard let vocabularySize else { return "the matrices with the most rows are \(words)" }
    return fitting.isEmpty
      ? "no matrix has as many rows as the vocabulary (\(vocabularySize)); those with the most are \(words)"
      : "the matrices with as many rows as the vocabulary (\(vocabularySize)) are \(words)"
  }
}
