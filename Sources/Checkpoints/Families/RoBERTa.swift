import Files
import Tensors

/// RoBERTa (Liu et al. 2019, arXiv 1907.11692) as a sentence encoder, DistilRoBERTa's layers as well: BERT's block; positions begin behind
/// the number of the padding token in their table.
extension ModelFamily {
  static let roberta = ModelFamily(
    name: "roberta", huggingFaceTypes: ["roberta"], isEncoder: true, norm: .layer, hasInputNorms: false,
    hasOutputNorms: true, hasEmbeddingNorm: true, positions: .learned, isGated: false, gate: .gelu,
    blockTensors: bert.blockTensors, outerTensors: bert.outerTensors,
    tensorPrefixes: ["roberta.encoder.", "encoder.", "roberta."], ignoredTensors: encoderHeads,
    configKeys: ["type_vocab_size"],
    configNames: ["rms_norm_eps": ["layer_norm_eps"]], configValues: encoderValues,
    normEpsilon: 1e-12, contextLength: 512, activations: bert.activations, biases: encoderBiases,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      let (said, last) = (
        reader.config["pad_token_id"]?.present ?? .integer(1), configuration.contextLength - 1
      )
      guard let padding = said.integer, (0..<last).contains(padding) else {
        throw reader.wrong("pad_token_id", expected: "0 ..< \(last)", actual: said)
      }
      configuration.positionOffset = padding + 1
      configuration.contextLength -= padding + 1
      configuration.encoder = EncoderConfiguration(
        tokenTypes: try reader.optionalCount("type_vocab_size") ?? 2)
    })
}
