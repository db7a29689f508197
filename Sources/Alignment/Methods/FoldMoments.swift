internal import Tensors

/// Sums over each fold: fold f holds the positions f, f + k, f + 2k … of a seeded permutation.
func foldMoments(
  _ source: Matrix<Float>, _ target: Matrix<Float>, _ options: AlignmentOptions
) throws(AlignmentError) -> [PairMoments] {
  let count = options.foldCount
  guard count >= 2 else { throw .option(name: "foldCount", expected: "2 or more", actual: "\(count)") }
  guard source.rows >= 2 * count else {
    throw .tooFewTokens(
      purpose: "cross-validation with \(count) folds", needed: 2 * count, actual: source.rows)
  }
  var random = SeededRandom(seed: options.seed)
  let order = random.permutation(source.rows)
  let folds = (0..<count).map { fold in
    stride(from: fold, to: order.count, by: count).map { UInt32(order[$0]) }.sorted()
  }
  return try PairMoments.sums(source, target, over: folds)
}
