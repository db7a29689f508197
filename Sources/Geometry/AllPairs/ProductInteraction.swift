internal import Statistics
internal import Tensors

/// What pairs of tokens add (``pairInteraction(count:_:seed:draws:_:)``) to the mean squared product of two rows, which is the squared norm of their covariance.
func squaredProductInteraction(_ centred: Matrix<Float>, _ options: IntervalOptions) -> Double {
  pairInteraction(count: centred.rows, options.groups, seed: options.seed) { i, j in
    let product = innerProduct(
      centred.elements.span.extracting(centred.range(ofRow: i)),
      centred.elements.span.extracting(centred.range(ofRow: j)))
    return product * product
  }
}
