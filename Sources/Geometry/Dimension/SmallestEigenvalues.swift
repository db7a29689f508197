internal import RealModule
internal import Tensors

/// Sums of the smallest eigenvalues of a tridiagonal matrix of trace 1, to as few digits as a question needs.
///
/// Every eigenvalue is held between two shifts, by the number of eigenvalues below each (``Tridiagonal``). Sums of
/// the lower and of the upper ends enclose the sum of the eigenvalues; only brackets that a sum depends on are
/// cut again. Negative eigenvalues, which only rounding makes, count as 0.
struct SmallestEigenvalues {
  private let matrix: Tridiagonal
  /// Ascending shifts and the numbers of eigenvalues below them.
  private var shifts: [Float]
  private var counts: [Int]

  init(_ matrix: Tridiagonal) {
    self.matrix = matrix
    // From far below any eigenvalue that matters by equal factors to just above the trace.
    shifts = [0] + (0..<62).map { Float.exp2(Float($0) * 24 / 61 - 24) } + [1.01]
    counts = matrix.countsBelow(shifts)
    counts[shifts.count - 1] = matrix.order
  }

  /// The most eigenvalues, from the smallest on, with a sum of at most `budget`.
  ///
  /// - Parameter slack: how far a sum may be from the truth.
  /// - Returns: nil when a sum lies within the slack of the budget.
  func count(summingTo budget: Double, slack: Double) -> Int? {
    var brackets = self
    for _ in 0..<64 {
      let (sure, possible, width) = brackets.bounds(budget, slack)
      if sure == possible { return sure }
      guard width > slack / 8, brackets.refine(upTo: possible) else { return nil }
    }
    return nil
  }

  /// The counts whose sums are surely, and possibly, within the budget, and how wide the latter's sum is enclosed.
  private func bounds(_ budget: Double, _ slack: Double) -> (sure: Int, possible: Int, width: Double) {
    var sure = counts[0]
    var possible = counts[0]
    var (least, most, width) = (0.0, 0.0, 0.0)
    var isSure = most <= budget - slack
    if !isSure { sure = 0 }
    for upper in 1..<shifts.count where counts[upper] > counts[upper - 1] {
      let many = counts[upper] - counts[upper - 1]
      let (low, high) = (Double(shifts[upper - 1]), Double(shifts[upper]))
      if isSure {
        let fitting = min(Double(many), ((budget - slack - most) / high).rounded(.down))
        sure += Int(fitting)
        most += Double(many) * high
        isSure = fitting == Double(many)
      }
      let room = budget + slack - least
      let fitting = low > 0 ? min(Double(many), (room / low).rounded(.down)) : Double(many)
      possible += Int(fitting)
      least += Double(many) * low
      width += fitting * (high - low)
      if fitting < Double(many) { break }
    }
    return (sure, possible, width)
  }

  /// Cuts the brackets of the first `reach` eigenvalues, each into one more part than it holds eigenvalues.
  ///
  /// - Returns: false when no bracket can be cut: its ends are neighbours in Float.
  private mutating func refine(upTo reach: Int) -> Bool {
    var cuts: [Float] = []
    for upper in 1..<shifts.count where counts[upper] > counts[upper - 1] && counts[upper - 1] < reach {
      let parts = min(counts[upper] - counts[upper - 1], 15) + 1
      let (low, high) = (shifts[upper - 1], shifts[upper])
      for part in 1..<parts {
        let cut = low + (high - low) * (Float(part) / Float(parts))
        if cut > cuts.last ?? low, cut > low, cut < high { cuts.append(cut) }
      }
    }
    guard !cuts.isEmpty else { return false }
    let found = matrix.countsBelow(cuts)
    let all = (zip(shifts, counts) + Array(zip(cuts, found))).sorted { $0.0 < $1.0 }
    shifts = all.map(\.0)
    // Counts of one matrix never fall, but for the ends' own: zero and the order.
    counts = all.map(\.1)
    return true
  }
}
