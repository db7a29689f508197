/// What an encoder has that a decoder has not.
public struct EncoderConfiguration: Sendable, Equatable {
  /// Rows of the table of token types, of which the first is added to every token of a text; 0 where there is no table.
  public var tokenTypes: Int
  /// Buckets of distances, each with a term of its own that scores of attention gain; `nil` where they gain none.
  public var distanceBuckets: Int?

  public init(tokenTypes: Int, distanceBuckets: Int? = nil) {
    (self.tokenTypes, self.distanceBuckets) = (tokenTypes, distanceBuckets)
  }
}
