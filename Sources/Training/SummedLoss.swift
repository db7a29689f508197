internal import Distribution
internal import Tensors

extension Trainable {
  /// The loss of some batches and its gradient, added up in their order; over ranks each batch is computed by one of
  /// them.
  ///
  /// Bytes over ranks: a batch's gradient to root, and all of them to all.
  /// - Throws: what the loss throws; ``TrainingError/otherRank(step:)`` where it was another rank's batch.
  func summedLoss(of batches: [[Int]], at parameters: ParameterSet, step: Int) throws -> BatchLoss {
    let workers = Workers.current.withoutKeeping
    let first = (step - 1) * batches.count
    guard workers.ranks > 1 else {
      var sum = try loss(of: batches[0], at: parameters, batch: first)
      for (index, batch) in batches.enumerated().dropFirst() {
        sum.add(try loss(of: batch, at: parameters, batch: first + index))
      }
      return sum
    }
    var failure: (any Error)?
    let key = BlockKey("step \(step) of \(identity.what)", [])
    let blocks = workers.map(key, count: batches.count) { batch -> [UInt32] in
      do { return try loss(of: batches[batch], at: parameters, batch: first + batch).words } catch {
        failure = error
        return []
      }
    }
    if let failure { throw failure }
    var sum: BatchLoss?
    for block in blocks {
      guard let found = BatchLoss(words: block, like: parameters) else {
        throw TrainingError.otherRank(step: step)
      }
      if sum == nil { sum = found } else { sum?.add(found) }
    }
    guard let sum else { throw TrainingError.noTargets(step: step) }
    return sum
  }
}

extension BatchLoss {
  /// Total, count and gradients, bit by bit.
  fileprivate var words: [UInt32] {
    let head = [total.bitPattern, UInt64(count)].flatMap {
      [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)]
    }
    return head + gradients.parameters.flatMap { $0.values.elements.map(\.bitPattern) }
  }

  /// - Returns: nil for words that are not those of such parameters.
  fileprivate init?(words: [UInt32], like parameters: ParameterSet) {
    let numbers = parameters.parameters.reduce(0) { $0 + $1.values.elements.count }
    guard words.count == 4 + numbers else { return nil }
    func long(_ place: Int) -> UInt64 { UInt64(words[place]) | UInt64(words[place + 1]) << 32 }
    var start = 4
    var gradients: [Parameter] = []
    for parameter in parameters.parameters {
      let (rows, columns) = (parameter.values.rows, parameter.values.columns)
      let own = words[start..<start + rows * columns].map(Float.init(bitPattern:))
      gradients.append(
        Parameter(
          parameter.name, Matrix(rows: rows, columns: columns, elements: own), isDecayed: parameter.isDecayed)
      )
      start += rows * columns
    }
    self.init(
      total: Double(bitPattern: long(0)), count: Int(long(2)), gradients: ParameterSet(gradients))
  }
}
