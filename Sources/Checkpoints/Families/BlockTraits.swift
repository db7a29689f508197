/// How a row of the residual stream is brought to one size before a layer reads it.
public enum NormFunction: Sendable, Equatable {
  /// `x / √(mean(x²) + ε) ⊙ γ` (Zhang, Sennrich 2019, arXiv 1910.07467).
  case rootMeanSquare
  /// `(x − mean(x)) / √(var(x) + ε) ⊙ γ + β` (Ba et al. 2016, arXiv 1607.06450).
  case layer
}

/// Whether queries and keys are normalised before they are rotated.
public enum HeadNorms: Sendable, Equatable {
  case none
  /// Each head by itself, all with the same weights (Qwen 3, Gemma 3).
  case each
  /// All heads of a token's queries together, and all of its keys (OLMo 2).
  case whole
  /// Each head by itself, with weights of its own (StableLM 2 12B).
  case separate
}

/// How a model knows where a token stands.
public enum PositionKind: Sendable, Equatable {
  /// Queries and keys are turned by their positions (Su et al. 2021, arXiv 2104.09864).
  case rotary
  /// A row of a table is added to the token's embedding (GPT-2, OPT).
  case learned
  /// Scores of attention lose in proportion to the distance, each head in its own measure (ALiBi: Press et al. 2022,
  /// arXiv 2108.12409; BLOOM).
  case linearBias
}

/// How the matrices of a file lie where they do not lie as a decoder multiplies with them, row by row an output.
public struct MatrixLayout: Sendable, Equatable {
  /// Rows are inputs, columns outputs, as GPT-2's `Conv1D` has it.
  public var isTransposed = false
  /// Queries, keys and values that are one matrix alternate: the queries that share a head of keys and values, then that head's key and
  /// value, head by head (GPT-NeoX, BLOOM and Falcon of Hugging Face); else all queries come first, then all keys, then all values.
  public var alternatesByGroup = false

  public init() {}
}
