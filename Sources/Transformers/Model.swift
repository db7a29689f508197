public import Checkpoints
public import Tensors
public import Tokenizers

/// A decoder, ready to run: weights mapped in their file's block formats.
///
/// An immutable value. Interventions are arguments of a pass; nothing hooks or patches the model.
public struct Model: Sendable {
  /// What the checkpoint calls the model, or the name of its file.
  public let name: String
  public let configuration: ModelConfiguration
  public let tokenizer: Tokenizer

  /// How forward passes multiply; gradients are always of f32 arithmetic.
  public let arithmetic: Arithmetic

  /// Rows of the embedding from this one on are padding: no token names them, so none is ever drawn.
  var namedRows: Int { tokenizer.namedCount }

  package let family: ModelFamily
  package var embedding: PackedMatrix
  package var unembedding: PackedMatrix
  package var unembeddingBias: [Float]
  package var finalNorm: NormWeights
  /// The table of learned positions, a row a position.
  package var positions: PackedMatrix?
  /// Of the rows of the embedding, before block 0; empty in most families.
  package var embeddingNorm: NormWeights
  package var blocks: [BlockWeights]
  package let rotation: Rotation
  package let bend: ScoreBend
  let checkpoint: Checkpoint

  /// Reads the configuration, norms and biases, and maps the matrices; checks every shape, and that every tensor and every
  /// key of the architecture is one that is understood.
  ///
  /// Cost: the tokenizer's tables; no matrix is read before it is used.
  /// - Parameter arithmetic: how forward passes multiply.
  /// - Throws: ``TransformerError`` for an architecture, a feature or a shape that cannot be run, naming it; for a vocabulary
  ///   that does not fit the embedding; for norms and biases that are not finite.
  public static func load(
    _ checkpoint: Checkpoint, arithmetic: Arithmetic = .f32
  ) throws(TransformerError) -> Model {
    let configuration = try transformerErrors { () throws(CheckpointError) in
      try checkpoint.requireRunnable()
      return try checkpoint.configuration
    }
    let family = checkpoint.family
    let tokenizer = try tokenizer(of: checkpoint, rows: configuration.vocabularySize)
    var reader = WeightReader(checkpoint: checkpoint, configuration: configuration, family: family)
    let vocabulary = configuration.vocabularySize
    let embedding = try reader.matrix(Weight.embedding.name, rows: vocabulary, columns: configuration.width)
    let untied = try transformerErrors { () throws(CheckpointError) in try checkpoint.logitMatrix }
    let unembedding =
      untied == nil
      ? embedding : try reader.matrix(Weight.unembedding.name, rows: vocabulary, columns: configuration.width)
    let unembeddingBias = try reader.biases([(Weight.unembeddingBias.name, vocabulary)])
    let finalNorm = try reader.norm("output_norm", count: configuration.width)
    let embeddingNorm =
      family.hasEmbeddingNorm ? try reader.norm("token_embd_norm", count: configuration.width) : NormWeights()
    let rows = configuration.contextLength + configuration.positionOffset
    let positions =
      family.positions == .learned
      ? try reader.matrix(Weight.positions.name, rows: rows, columns: configuration.width) : nil
    var blocks: [BlockWeights] = []
    for index in 0..<configuration.blockCount { blocks.append(try reader.block(index)) }
    let rotation = try Rotation(configuration, family, &reader)
    try reader.checkEverythingWasRead()
    return Model(
      name: checkpoint.name, configuration: configuration, tokenizer: tokenizer, arithmetic: arithmetic,
      family: family,
      embedding: embedding, unembedding: unembedding, unembeddingBias: unembeddingBias, finalNorm: finalNorm,
      positions: positions, embeddingNorm: embeddingNorm, blocks: blocks, rotation: rotation,
      bend: ScoreBend(configuration, family), checkpoint: checkpoint)
  }

  static func tokenizer(of checkpoint: Checkpoint, rows: Int) throws(TransformerError) -> Tokenizer {
    let definition = try transformerErrors { () throws(CheckpointError) in
      let definition = try checkpoint.tokenizerDefinition()
      try checkpoint.checkVocabulary(definition.namedCount, rows: rows)
      return definition
    }
    do throws(TokenizerError) { return try Tokenizer(definition) } catch { throw .tokenizer(error) }
  }
}
