/// Feed-forward layers that stand side by side, of which a router chooses some for each token (Shazeer et al. 2017, arXiv 1701.06538).
///
/// `y = Σ s_e f_e(x)` over the chosen experts e, `s` the softmax of the router's scores over all experts or, `normalises`, over the chosen
/// ones; a shared expert, where there is one, is added for every token, times `σ(w · x)`.
public struct ExpertConfiguration: Sendable, Equatable {
  /// Experts of a block, without the shared one.
  public var count: Int
  /// Experts of a token.
  public var chosen: Int
  /// d_ff of one expert.
  public var width: Int
  /// Shares of the chosen experts add up to 1.
  public var normalises: Bool
  /// d_ff of the shared expert; `nil` where there is none.
  public var sharedWidth: Int?
  /// Per block, whether it has experts; the others have one feed-forward layer.
  public var blocks: [Bool]

  /// - Precondition: no more chosen experts than there are.
  public init(
    count: Int, chosen: Int, width: Int, normalises: Bool, sharedWidth: Int? = nil, blocks: [Bool]
  ) {
    precondition((1...count).contains(chosen), "\(chosen) of \(count) experts")
    (self.count, self.chosen, self.width) = (count, chosen, width)
    (self.normalises, self.sharedWidth, self.blocks) = (normalises, sharedWidth, blocks)
  }
}
