public import Steering
public import Stores
public import Transformers

/// How vectors of texts are written.
public struct SentenceExportOptions: Sendable {
  /// 16 bits take half the room.
  public var precision = ActivationPrecision.f32
  /// Cuts texts of more tokens than the encoder reads, as sentence-transformers does without a word; else they are an error.
  public var cutsLongTexts = false

  public init() {}
}

/// Encodes the texts of a file and writes a vector each, token ids and the texts: HDF5, safetensors or numpy, by the ending of `path`.
///
/// Memory, resumption and refusals as of `exportActivations(of:identity:prompts:options:to:)`; the matrix is called
/// `sentence/POOLING`, such as `sentence/mean-normalised`.
/// - Throws: `FileError.entry` naming the line that is empty; `PromptError` for one that is too long; `StoreError.misfit` for a file at
///   `path` of another model, other texts or other settings; `TransformerError` for vectors that are not finite.
public func exportSentences(
  of encoder: SentenceEncoder, identity: ModelIdentity, texts: PromptFile,
  options: SentenceExportOptions = SentenceExportOptions(), to path: String
) throws -> ActivationExport {
  let job = ExportJob(
    source: SentenceRows(encoder: encoder, cuts: options.cutsLongTexts), prompts: texts,
    precision: options.precision, positions: "text")
  return try export(job, command: "encode", identity: identity, to: path) {}
}
