import Checkpoints
import LinearAlgebra
public import Tensors

// Rows of the embedding, where points of the input space come from and are held against.
extension Model {
  /// What stands between a row of the input embedding and the stream that enters block 0, beside a factor: a point of the input space
  /// can't stand for a token there; nil where nothing does.
  package var inputObstacle: String? {
    if !embeddingNorm.isEmpty { return "a norm of the embedding" }
    return positions == nil ? nil : "learned positions"
  }

  /// Rows of the input embedding as the file has them, before the family's scale: `[tokens x d_model]`.
  /// - Throws: ``TransformerError/token(sequence:position:id:vocabularySize:)``.
  public func inputRows(of tokens: [Int]) throws(TransformerError) -> Matrix<Float> {
    try check(tokens: tokens)
    return embedding.selecting(rows: tokens)
  }

  /// `E x`: the product of every row of the input embedding with one vector, in the order of ids.
  /// - Precondition: as wide as the model.
  package func products(withInputRows x: [Float]) -> [Float] {
    withSingleThreadedBLAS {
      multiply(Matrix(rows: 1, columns: x.count, elements: x), byTransposeOf: [embedding])
    }.elements
  }
}
