internal import Files
internal import LinearAlgebra
public import Stores
internal import Tensors

extension TaskSet {
  /// Throws unless the domain has the fields of all tasks.
  ///
  /// - Throws: ``DomainError/task(file:place:expected:actual:remedy:)`` naming the field that is missing.
  public func requireFields(of domain: Domain) throws(DomainError) {
    let known = [TaskTemplate.nameField] + domain.fields.map(\.name)
    for task in tasks {
      if let stranger = task.fields.first(where: { !known.contains($0) }) {
        throw .task(
          file: name, place: "task \(task.name), answer",
          expected: "a field of \(domain.name): \(known.joined(separator: ", "))", actual: stranger,
          remedy: "take other tasks, or add texts of that field" + suggestion(for: stranger, among: known))
      }
    }
  }

  /// The examples of a part of a domain: of each task one for each item that has the answer's texts, tasks in their order and
  /// items in theirs.
  ///
  /// Second items are of the same part, drawn by a hash of the first one's name, the task's and the split's seed. Cost: for near partners
  /// the cosines of all pairs of the part, `items² · width`.
  /// - Throws: ``DomainError/task(file:place:expected:actual:remedy:)`` for a field that the domain does not have,
  ///   ``DomainError/empty(what:domain:reason:)`` for a task that no item of the part has the texts for.
  public func examples(
    of domain: Domain, _ split: DomainSplit, _ part: DomainSplit.Part
  ) throws(DomainError) -> [ElmExample] {
    try requireFields(of: domain)
    let items = split.items(of: part)
    var near: [[Int]]?
    var examples: [ElmExample] = []
    for task in tasks {
      let before = examples.count
      for (place, item) in items.enumerated() {
        var chosen = [item]
        if task.arity == .two {
          guard items.count > 1 else { continue }
          let draw = DomainSplit.share(of: "\(split.options.seed)\u{0}\(task.name)\u{0}\(domain.names[item])")
          switch task.partners {
          case .any:
            let other = Int(draw * Double(items.count - 1))
            chosen.append(items[other < place ? other : other + 1])
          case .near:
            let neighbours = near ?? domain.nearest(among: items)
            near = neighbours
            chosen.append(items[neighbours[place][Int(draw * Double(neighbours[place].count))]])
          }
        }
        guard let answer = task.answer(of: chosen, in: domain) else { continue }
        examples.append(
          ElmExample(task: task.name, items: chosen, prompt: task.prompt(of: chosen), answer: answer))
      }
      guard examples.count > before else {
        throw .empty(
          what: "examples of task \(task.name) for \(part.rawValue)", domain: domain.name,
          reason:
            "no item there has \(task.fields.joined(separator: " and ")): take the task out, or add texts")
      }
    }
    return examples
  }
}

extension [ElmExample] {
  /// Throws where an example does not fit a model's context.
  ///
  /// - Parameters:
  ///   - context: the most tokens.
  ///   - length: the tokens of prompt and answer, pseudo-tokens included.
  /// - Throws: ``DomainError/task(file:place:expected:actual:remedy:)`` naming the task and the item.
  public func requireFit(
    context: Int, in domain: Domain, length: (ElmExample) throws -> Int
  ) throws {
    for example in self {
      let length = try length(example)
      guard length <= context else {
        let names = example.items.map { domain.names[$0] }.joined(separator: " and ")
        throw DomainError.task(
          file: domain.name, place: "task \(example.task), \(names)",
          expected: "prompt and answer of at most \(context) tokens, the model's context",
          actual: "\(length)",
          remedy: "shorten the text, take fewer of a field ({field:3}), or another model")
      }
    }
  }
}

extension ElmTask {
  fileprivate func prompt(of items: [Int]) -> [ElmExample.Piece] {
    prompt.pieces.compactMap { piece -> ElmExample.Piece? in
      switch piece {
      case .text(let text): .text(text)
      case .vector(.item), .vector(.first): .point(ElmExample.Point([(items[0], 1)]))
      case .vector(.second): .point(ElmExample.Point([(items[1], 1)]))
      case .vector(.between(let share)):
        .point(ElmExample.Point([(items[0], Float(1 - share)), (items[1], Float(share))]))
      case .field: nil
      }
    }
  }
}

extension Domain {
  private static let partnerCount = 10

  /// Of each of some items the ten nearest others among them by cosine, as positions, nearest first.
  fileprivate func nearest(among items: [Int]) -> [[Int]] {
    var unit = vectors.selecting(rows: items)
    for row in items.indices {
      let norm = unit.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for index in unit.range(ofRow: row) { unit.elements[index] /= norm }
    }
    let progress = JobProgress.current
    var found: [[Int]] = []
    for start in stride(from: 0, to: items.count, by: 512) {
      progress.tell(start, of: items.count, "near items of \(name)")
      let block = start..<min(items.count, start + 512)
      let products = multiply(unit.selecting(rows: Array(block)), unit, transposingB: true)
      found += parallelMap(count: block.count, chunk: 16) { row in
        let own = products.range(ofRow: row)
        var best: [(score: Float, place: Int)] = []
        for (place, index) in own.enumerated() where place != block.lowerBound + row {
          let score = products.elements[index]
          if best.count == Self.partnerCount, score <= best[best.count - 1].score { continue }
          let at = best.firstIndex { $0.score < score } ?? best.count
          best.insert((score, place), at: at)
          if best.count > Self.partnerCount { best.removeLast() }
        }
        return best.map(\.place)
      }
    }
    return found
  }
}
