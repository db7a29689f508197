package import Tensors

/// Leaves out random inputs of a low-rank update while it learns (Srivastava et al. 2014; LoRA: Hu et al. 2021).
///
/// ```
/// y = x Wᵀ + s ((m ⊙ x) Aᵀ) Bᵀ      m_ij = 0 with probability p, else 1 / (1 - p)
/// ```
/// W itself reads all of x. m is drawn for each row (token) and column of x by a hash of seed and place alone: the pass back, and a run
/// that goes on from its checkpoint, have the same.
public struct LowRankDropout: Sendable, Equatable {
  /// p, at least 0 and below 1.
  public let rate: Float
  public let seed: UInt64

  /// - Precondition: a rate of at least 0 and below 1.
  public init(rate: Float, seed: UInt64) {
    precondition(rate >= 0 && rate < 1, "a dropout of \(rate)")
    (self.rate, self.seed) = (rate, seed)
  }

  /// `m ⊙ x`; O(numbers of x).
  package func masked(_ x: Matrix<Float>) -> Matrix<Float> {
    let (width, gain) = (x.columns, 1 / (1 - rate))
    // Of 2³² equally likely numbers those below are left out.
    let limit = UInt64(Double(rate) * 0x1p32)
    var masked = x
    masked.parallelUpdateRows(chunk: max(1, 16_384 / max(1, width))) { rows, elements in
      for row in rows {
        var random = SeededRandom(seed: seed &+ UInt64(row) &* 0xD1B5_4A32_D192_ED03)
        let start = (row - rows.lowerBound) * width
        for column in stride(from: 0, to: width, by: 2) {
          // A draw for two columns.
          let bits = random.next()
          elements[start + column] *= bits & 0xFFFF_FFFF < limit ? 0 : gain
          if column + 1 < width { elements[start + column + 1] *= bits >> 32 < limit ? 0 : gain }
        }
      }
    }
    return masked
  }
}

extension Model {
  /// The model in which its low-rank updates leave out inputs: to learn, not to be asked. Each matrix of each block draws others.
  ///
  /// What is left out is known by the row of a batch: the pass back has to be of all its rows, once.
  /// - Parameter dropout: nil, and a rate of 0, leave out nothing.
  package func droppingLowRank(_ dropout: LowRankDropout?) -> Model {
    let dropout = dropout.flatMap { $0.rate > 0 ? $0 : nil }
    var model = self
    for block in blocks.indices {
      for (place, layer) in LinearLayer.allCases.enumerated() {
        model.blocks[block].lowRank[layer]?.dropout = dropout.map { dropout in
          var random = SeededRandom(
            seed: dropout.seed &+ UInt64(block * LinearLayer.allCases.count + place + 1)
              &* 0xA076_1D64_78BD_642F)
          return LowRankDropout(rate: dropout.rate, seed: random.next())
        }
      }
    }
    return model
  }
}
