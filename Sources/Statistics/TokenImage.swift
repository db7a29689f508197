/// Which row of the second model stands for each row of the first, and the way back.
package struct TokenImage: Sendable {
  @usableFromInline let images: [Int]
  @usableFromInline let originals: [Int]

  /// Row i for row i.
  package init(identity count: Int) {
    images = Array(0..<count)
    originals = images
  }

  package init(permutation: [Int]) {
    images = permutation
    var originals = permutation
    for (row, image) in permutation.enumerated() { originals[image] = row }
    self.originals = originals
  }

  @inlinable package subscript(row: Int) -> Int { images[row] }

  @inlinable package func original(of image: Int) -> Int { originals[image] }
}

/// What a null of permuted tokens makes random.
package func permutedMeaning(_ options: Resampling) -> String {
  options.strata.map { "the second model's tokens permuted within \($0.count) strata" }
    ?? "the second model's tokens permuted"
}
