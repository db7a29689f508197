public import Checkpoints
import Tensors
public import Tokenizers

/// A decoder, ready to run: weights mapped in their file's block formats, f32 arithmetic.
///
/// An immutable value. Interventions are arguments of a pass; nothing hooks or patches the model.
public struct Model: Sendable {
  /// What the checkpoint calls the model, or the name of its file.
  public let name: String
  public let configuration: ModelConfiguration
  public let tokenizer: Tokenizer

  let family: Family
  let embedding: PackedMatrix
  let unembedding: PackedMatrix
  let finalNorm: [Float]
  let blocks: [BlockWeights]
  let rotation: Rotation

  /// Reads the configuration and the norms, and maps the matrices; checks every shape.
  ///
  /// Cost: the tokenizer's tables; no matrix is read before it is used.
  /// - Throws: ``TransformerError`` for an architecture, a RoPE scaling or a shape that cannot be run.
  public static func load(_ checkpoint: Checkpoint) throws(TransformerError) -> Model {
    let configuration = try transformerErrors { () throws(CheckpointError) in try checkpoint.configuration }
    let definition = try transformerErrors { () throws(CheckpointError) in
      try checkpoint.tokenizerDefinition()
    }
    let tokenizer: Tokenizer
    do throws(TokenizerError) { tokenizer = try Tokenizer(definition) } catch { throw .tokenizer(error) }
    guard let family = Family.known[configuration.architecture] else {
      throw .unsupported(
        what: "architecture", actual: configuration.architecture,
        supported: Family.known.keys.sorted().joined(separator: ", "))
    }
    let reader = WeightReader(checkpoint: checkpoint, configuration: configuration, family: family)
    let vocabulary = configuration.vocabularySize
    let embedding = try reader.matrix("token_embd.weight", rows: vocabulary, columns: configuration.width)
    let untied = try transformerErrors { () throws(CheckpointError) in try checkpoint.unembedding }
    var blocks: [BlockWeights] = []
    for index in 0..<configuration.blockCount { blocks.append(try reader.block(index)) }
    return Model(
      name: checkpoint.name, configuration: configuration, tokenizer: tokenizer, family: family,
      embedding: embedding,
      unembedding: untied == nil
        ? embedding : try reader.matrix("output.weight", rows: vocabulary, columns: configuration.width),
      finalNorm: try reader.norm("output_norm.weight", count: configuration.width), blocks: blocks,
      rotation: try Rotation(configuration, reader))
  }
}
