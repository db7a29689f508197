internal import Tensors

/// Which row of the second model stands for each row of the first, and the way back.
struct TokenImage: Sendable {
  private let images: [Int]
  private let originals: [Int]

  /// Row i for row i.
  init(identity count: Int) {
    images = Array(0..<count)
    originals = images
  }

  init(permutation: [Int]) {
    images = permutation
    var originals = permutation
    for (row, image) in permutation.enumerated() { originals[image] = row }
    self.originals = originals
  }

  subscript(row: Int) -> Int { images[row] }

  func original(of image: Int) -> Int { originals[image] }
}

/// A per-token measure of two models, its mean and its null.
///
/// `value(row, image)` compares the row of the first model with row `image[row]` of the second; under the
/// null the image is a random permutation. All measures draw the same permutations from the same seed, so
/// that their nulls can be compared. The largest value of the measure is 1.
///
/// - Parameter nullTokens: each draw averages at most so many random tokens; fewer widen the null, which errs
///   on the careful side.
func tokenMean(
  count: Int, nullTokens: Int = .max, _ options: Resampling,
  _ value: @Sendable (_ row: Int, _ image: TokenImage) -> Double
) -> (mean: Evaluation, perToken: [Double]) {
  let identity = TokenImage(identity: count)
  let perToken: [Double] = parallelMap(count: count, chunk: 256) { value($0, identity) }
  let observed = perToken.reduce(0, +) / Double(max(count, 1))
  let draws = TokenPermutations(count: count, options).map { image, random in
    let rows = count > nullTokens ? Array(random.permutation(count).prefix(nullTokens)) : Array(0..<count)
    return rows.reduce(0.0) { $0 + value($1, image) } / Double(max(rows.count, 1))
  }
  let mean = meanEstimate(
    perToken, options,
    null: .sampled(
      draws, observed: observed, maximum: 1, significance: options.significance,
      meaning: "the second model's tokens permuted", isOfTokenPermutations: true))
  return (mean, perToken)
}

extension NeighbourGraph {
  /// Calls `body` with the positions (from 0, nearest first) of each neighbour of `row` whose image is a
  /// neighbour, in `other`, of the row's image.
  func forEachShared(
    with other: NeighbourGraph, row: Int, image: TokenImage, _ body: (_ own: Int, _ theirs: Int) -> Void
  ) {
    let (own, theirs) = (indices.span, other.indices.span)
    let start = image[row] * other.k
    for position in 0..<k {
      let target = Int32(truncatingIfNeeded: image[Int(own[row * k + position])])
      for candidate in 0..<other.k where theirs[start + candidate] == target { body(position, candidate) }
    }
  }

  /// How many neighbours of `row` have an image among the neighbours of the row's image in `other`.
  func shared(with other: NeighbourGraph, row: Int, image: TokenImage) -> Int {
    var count = 0
    forEachShared(with: other, row: row, image: image) { _, _ in count += 1 }
    return count
  }

  /// Whether `candidate` is a neighbour of `row` in a full graph.
  func isNeighbour(_ candidate: Int, of row: Int) -> Bool {
    let indices = indices.span
    let target = Int32(truncatingIfNeeded: candidate)
    var found: UInt32 = 0
    for position in row * k..<(row + 1) * k { found |= indices[position] == target ? 1 : 0 }
    return found != 0
  }
}
