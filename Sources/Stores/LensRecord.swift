public import Tensors

/// A fitted lens: for each layer an affine map into the space that the model's final norm and unembedding read.
///
///     y = M_l h + b_l
public struct LensRecord: Sendable, Equatable {
  /// How the maps were found: `tuned` or `jacobian`.
  public var kind: String
  /// The model's name and, as its identity, the SHA-256 of its checkpoint.
  public var model: StoreReference
  /// Ascending; layer l is the residual stream that leaves block l, -1 what enters block 0.
  public var layers: [Int32]
  /// `M_l`, one after the other: `[layers · d_model x d_model]`.
  public var matrices: Matrix<Float>
  /// `b_l`, `[layers x d_model]`.
  public var offsets: Matrix<Float>
  /// What the prompts are called, and SHA-256 of their texts.
  public var corpus: String
  public var corpusSHA256: String
  /// How many of its prompts were used, from the first on.
  public var prompts: Int
  public var seed: UInt64
  /// JSON.
  public var options: String
  /// What was found out about each layer's map, JSON.
  public var scores: String
  public var toolVersion: String
  /// When the file was written, ISO 8601 in UTC.
  public var date: String

  /// - Precondition: a square matrix and an offset of its width for each layer.
  public init(
    kind: String, model: StoreReference, layers: [Int32], matrices: Matrix<Float>, offsets: Matrix<Float>,
    corpus: String, corpusSHA256: String, prompts: Int, seed: UInt64, options: String, scores: String,
    toolVersion: String, date: String
  ) {
    precondition(
      matrices.rows == layers.count * matrices.columns && offsets.rows == layers.count
        && offsets.columns == matrices.columns,
      "\(layers.count) layers with matrices of \(matrices.rows) x \(matrices.columns) and offsets of "
        + "\(offsets.rows) x \(offsets.columns)")
    (self.kind, self.model, self.layers) = (kind, model, layers)
    (self.matrices, self.offsets) = (matrices, offsets)
    (self.corpus, self.corpusSHA256, self.prompts) = (corpus, corpusSHA256, prompts)
    (self.seed, self.options, self.scores) = (seed, options, scores)
    (self.toolVersion, self.date) = (toolVersion, date)
  }

  /// d_model.
  public var width: Int { matrices.columns }
}
