/// Lists of numbers of different lengths in one piece of memory; each ascending, without repeats.
struct RaggedArray: Sendable, Equatable {
  private var starts: [Int] = [0]
  private var values: [Int32] = []

  init() {}

  init(_ lists: some Sequence<[Int32]>) { for list in lists { append(list) } }

  /// The second ends of the edges from each of `count` numbers.
  init(count: Int, _ edges: [(Int32, Int32)]) {
    let sorted = edges.sorted { $0 < $1 }
    var position = 0
    for number in 0..<Int32(count) {
      var list: [Int32] = []
      while position < sorted.count, sorted[position].0 == number {
        list.append(sorted[position].1)
        position += 1
      }
      append(list)
    }
  }

  var count: Int { starts.count - 1 }

  func range(_ list: Int) -> Range<Int> { starts[list]..<starts[list + 1] }

  subscript(list: Int) -> ArraySlice<Int32> { values[range(list)] }

  mutating func append(_ list: [Int32]) {
    var last: Int32?
    for value in list.sorted() where value != last {
      values.append(value)
      last = value
    }
    starts.append(values.count)
  }

  /// Whether list `a` of this and list `b` of the other have a number in common: each of the shorter is looked
  /// up in the longer, O(min log max).
  func meets(_ a: Int, _ other: RaggedArray, _ b: Int) -> Bool {
    let (own, theirs) = (range(a), other.range(b))
    return own.count <= theirs.count
      ? Self.meets(values.span, own, other.values.span, theirs)
      : Self.meets(other.values.span, theirs, values.span, own)
  }

  private static func meets(
    _ few: borrowing Span<Int32>, _ a: Range<Int>, _ many: borrowing Span<Int32>, _ b: Range<Int>
  ) -> Bool {
    var from = b.lowerBound
    for i in a {
      let value = few[i]
      var end = b.upperBound
      while from < end {
        let middle = (from + end) / 2
        if many[middle] < value { from = middle + 1 } else { end = middle }
      }
      if from < b.upperBound, many[from] == value { return true }
    }
    return false
  }
}
