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
  try requireFinite(source, side: "source")
  try requireFinite(target, side: "target")
  var random = SeededRandom(seed: options.seed)
  let order = random.permutation(source.rows)
  var folds: [PairMoments] = []
  for fold in 0..<count {
    let rows = stride(from: fold, to: order.count, by: count).map { order[$0] }.sorted()
    folds.append(try PairMoments(source.selecting(rows: rows), target.selecting(rows: rows)))
  }
  return folds
}
