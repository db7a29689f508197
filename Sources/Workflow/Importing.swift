public import Checkpoints
internal import Files
internal import Foundation
internal import Geometry
public import Steering
public import Stores
internal import Tensors

/// Writes the embedding store of a checkpoint: input embedding, unembedding, tokens and provenance.
///
/// Cost: one pass over the embedding tensors, in row blocks; nothing else of the checkpoint is read.
/// - Parameters:
///   - name: what the model is called in reports.
///   - hash: SHA-256 of the checkpoint's file.
/// - Returns: what the user should know of the embeddings and tokens that were taken, a sentence each.
@discardableResult
public func importCheckpoint(
  _ checkpoint: Checkpoint, name: String, hash: String, to path: String
) throws -> [String] {
  let vocabulary = try checkpoint.vocabulary()
  let options = ImportOptions(
    toolVersion: toolVersion, date: Date.now.ISO8601Format(), sourceSHA256: hash, modelName: name)
  try EmbeddingContent(checkpoint: checkpoint, tokens: vocabulary.tokens, options: options).write(to: path)
  return checkpoint.remarks + vocabulary.remarks
}

extension ModelLibrary {
  /// The store of a model, with its name: of a checkpoint the one that is called after it, imported where it is not there.
  ///
  /// Cost: for a checkpoint, reads its file whole.
  /// - Parameters:
  ///   - progress: called with what begins.
  ///   - tell: called where a store was made, and with what was taken for its embeddings and tokens.
  /// - Throws: `StoreError.misfit` where another model's store has that name; what opening and importing throw.
  public func store(
    of source: ModelSource, progress: (String) -> Void, tell: (String) -> Void
  ) throws -> (name: String, store: EmbeddingStore) {
    guard !source.meant.isStore else {
      return (ModelName.of(source.meant.path), try EmbeddingStore.open(source.meant.path))
    }
    let name = ModelName.of(source.text)
    if let fault = ModelName.fault(name) {
      throw CheckpointError.missing(
        path: source.text, what: "a name for its store",
        hint: "no file can be called \"\(name)\": \(fault); import it with `sextant import SOURCE --as NAME`")
    }
    let (checkpoint, path) = (try checkpoint(of: source), storePath(name))
    progress("\(name): hashing \(checkpoint.path)")
    let hash = checkpoint.sha256()
    try requireOwn(path, checkpoint, name: name, hash: hash)
    if !FileManager.default.fileExists(atPath: path) {
      progress("\(name): writing \(path)")
      try OutputFile.makeFolder(folder)
      let remarks = try importCheckpoint(checkpoint, name: name, hash: hash, to: path)
      tell("imported \(source.text) into \(path)")
      remarks.forEach(tell)
    }
    return (name, try EmbeddingStore.open(path))
  }
}

/// Throws where there is a file at `path` that is not the store of this checkpoint: nobody's store is written over unasked.
///
/// - Parameters:
///   - name: what the store would be called.
///   - hash: SHA-256 of the checkpoint's file.
/// - Throws: `StoreError.misfit`, naming both models.
public func requireOwn(_ path: String, _ checkpoint: Checkpoint, name: String, hash: String) throws {
  guard FileManager.default.fileExists(atPath: path) else { return }
  func refuse(_ found: String) -> StoreError {
    .misfit(
      path: path, what: "the store called \(name)", expected: "\(checkpoint.path) (SHA-256 \(hash))",
      actual: found,
      hint: "call one of the two by another name (`sextant import SOURCE --as NAME`, in a study "
        + "`models: {NAME: SOURCE, …}`), or write over it with `sextant import \(checkpoint.path) --as \(name) --replace`"
    )
  }
  let provenance: Provenance
  do {
    provenance = try EmbeddingStore.open(path).provenance
  } catch {
    throw refuse("a file that cannot be read as a store: \(error)")
  }
  guard provenance.sourceSHA256 == hash else {
    throw refuse("that of \(provenance.sourceFile) (SHA-256 \(provenance.sourceSHA256))")
  }
  // A folder's tokenizer is not part of its weights' hash.
  guard checkpoint.hasCompanionTokenizer, try tokenizerHash(checkpoint) != provenance.tokenizerSHA256 else {
    return
  }
  throw refuse("the same weights with another tokenizer")
}

/// Moves a store out of the way: beside itself, with the beginning of its own hash in the name. The same store may be there
/// already; then this one may be written over.
///
/// - Returns: where the store is now; nil for a file that is none, which stays where it is.
public func moveAside(_ path: String) throws -> String? {
  guard let store = try? EmbeddingStore.open(path) else { return nil }
  let stem = "\(path.dropLast(".h5".count)).\(store.identity.prefix(8))"
  var (aside, number) = ("\(stem).h5", 1)
  while FileManager.default.fileExists(atPath: aside) {
    if (try? EmbeddingStore.open(aside).identity) == store.identity { return aside }
    number += 1
    aside = "\(stem)-\(number).h5"
  }
  try FileManager.default.moveItem(atPath: path, toPath: aside)
  return aside
}

/// A checkpoint as the files that are made on it name it.
///
/// Cost: reads the checkpoint's file whole.
/// - Parameter source: what the user calls it.
public func identity(of checkpoint: Checkpoint, source: String) throws -> ModelIdentity {
  ModelIdentity(
    name: ModelName.of(source), hash: checkpoint.sha256(), tokenizerHash: try tokenizerHash(checkpoint))
}

/// The hash that a store of this checkpoint has of its tokens.
package func tokenizerHash(_ checkpoint: Checkpoint) throws -> String {
  try EmbeddingContent.tokenizerSHA256(
    of: EmbeddingContent.tokens(checkpoint.vocabulary().tokens, rows: checkpoint.inputEmbedding.rows))
}

/// (1/n) Σ cos(eᵢ, uᵢ) of a token's rows in the two matrices, without zero rows; O(n d), in blocks of rows. nil where no token
/// has both.
func meanUnembeddingCosine(_ store: EmbeddingStore) throws -> Double? {
  var cosines: [Double] = []
  for start in stride(from: 0, to: store.vocabularySize, by: 8192) {
    let block = start..<min(start + 8192, store.vocabularySize)
    let (input, output) = (try store.readInput(rows: block), try store.readOutput(rows: block))
    let (normsIn, normsOut) = (rowNorms(input), rowNorms(output))
    cosines += parallelMap(count: block.count, chunk: 1024) { row in
      let product = innerProduct(
        input.elements.span.extracting(input.range(ofRow: row)),
        output.elements.span.extracting(output.range(ofRow: row)))
      return product / (normsIn[row] * normsOut[row])
    }
  }
  let defined = cosines.filter(\.isFinite)
  return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
}
