package import Distribution
internal import Tensors

/// Standard error and percentile interval from resampled indices.
///
/// Each resample draws as many groups of indices as there are, with replacement, and calls `statistic`, in parallel; resamples where
/// the statistic is undefined (nil) are left out. Deterministic in the seed.
/// Efron, Tibshirani 1993, ch. 13. Returns nil when fewer than two resamples are defined.
package func bootstrap(
  count: Int, _ options: Resampling, _ statistic: @Sendable ([Int]) -> Double?
) -> Spread? {
  guard count > 0 else { return nil }
  let generators = options.generators(options.bootstrapSamples, stream: 1)
  let members = options.members(of: count)
  let drawn: [Double?] = parallelMap(count: generators.count) { sample in
    var random = generators[sample]
    return statistic(
      members.indices.flatMap { _ in members[Int(random.next(upperBound: UInt64(members.count)))] })
  }
  return Spread(ofDraws: drawn.compactMap { $0 }.filter(\.isFinite), confidence: options.confidence)
}

/// The same for the mean of `values`, without index lists.
package func bootstrapOfMean(
  _ values: [Double], _ options: Resampling, transform: @Sendable (Double) -> Double = { $0 }
) -> Spread? {
  guard !values.isEmpty else { return nil }
  let generators = options.generators(options.bootstrapSamples, stream: 1)
  let key = BlockKey("bootstrap of a mean", [.doubles(values), .text("\(options)")])
  let groups = options.members(of: values.count).map { members in
    (sum: members.reduce(0) { $0 + values[$1] }, count: Double(members.count))
  }
  let drawn = spreadDraws(key, count: generators.count) { sample in
    var random = generators[sample]
    var (sum, count) = (0.0, 0.0)
    for _ in groups.indices {
      let group = groups[Int(random.next(upperBound: UInt64(groups.count)))]
      sum += group.sum
      count += group.count
    }
    return sum / count
  }
  return Spread(ofDraws: drawn.map(transform).filter(\.isFinite), confidence: options.confidence)
}

/// `count` numbers, each from its own generator, by blocks of draws that the current workers share.
package func spreadDraws(_ key: BlockKey, count: Int, _ draw: @Sendable (Int) -> Double) -> [Double] {
  guard !Workers.current.areThreadsOnly else { return parallelMap(count: count) { draw($0) } }
  let block = 25
  return Workers.current.map(key, count: (count + block - 1) / block) { index in
    parallelMap(count: min(block, count - index * block)) { draw(index * block + $0) }
  }.flatMap { $0 }
}
