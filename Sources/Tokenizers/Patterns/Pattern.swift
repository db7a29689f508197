/// A regular expression that cuts text: a program over sets of scalars, run with backtracking from left to right.
///
/// Alternatives are tried in their order and repeats take what they can first, as in Perl and Oniguruma. A run of one
/// set is a single instruction. Where a match needs many steps, places that failed before are remembered, so that no expression
/// takes more than (its length × the text's) steps for one match.
public struct Pattern: Sendable {
  private enum Instruction: Sendable {
    case set(Int)
    /// A run of one set: at least and at most so many; `keeps` gives nothing back.
    case run(set: Int, least: Int, most: Int, keeps: Bool)
    /// The first is tried first.
    case split(Int, Int)
    case jump(Int)
    /// A program of its own from the next instruction to its `accept`; then goes on at `end`.
    case look(negated: Bool, end: Int)
    /// As `look`, but takes what it finds.
    case atomic(end: Int)
    case behind(set: Int, negated: Bool)
    case lineStart, lineEnd, textStart, textEnd
    case wordBoundary(negated: Bool)
    case accept
  }

  private var program: [Instruction] = []
  /// The sets' answers for the basic plane, 1024 words each, and their rules for what lies beyond.
  private var bits: [UInt64] = []
  private var rules: [ScalarRule] = []
  /// The number of the set of `\\b`.
  private var word = -1

  private static let longest = 20_000
  /// After so many steps failures are remembered.
  private static let patience = 4096

  /// - Throws: ``TokenizerError/unsupportedPattern(pattern:what:place:)``.
  public init(_ source: String) throws(TokenizerError) {
    let tree = try PatternParser.parse(source)
    if source.contains("\\b") || source.contains("\\B") { word = number(of: .word) }
    guard emit(tree), program.count < Self.longest else {
      throw .unsupportedPattern(pattern: source, what: "repeats that write it out too long", place: 0)
    }
    program.append(.accept)
    dropNeedlessReturns()
  }

  // MARK: - Compiling

  private mutating func number(of rule: ScalarRule) -> Int {
    if let known = rules.firstIndex(of: rule) { return known }
    rules.append(rule)
    let start = bits.count
    bits.append(contentsOf: repeatElement(0, count: 1024))
    for value in 0..<UInt32(0x1_0000) where rule.contains(value) {
      bits[start + Int(value >> 6)] |= 1 << UInt64(value & 63)
    }
    return rules.count - 1
  }

  /// Appends the program of a node; false where it grows too long.
  private mutating func emit(_ node: PatternNode) -> Bool {
    guard program.count < Self.longest else { return false }
    switch node {
    case .empty: return true
    case .set(let rule): program.append(.set(number(of: rule)))
    case .sequence(let parts):
      for part in parts { guard emit(part) else { return false } }
    case .choice(let parts): return emit(choice: parts)
    case .repeat(let body, let least, let most, let manner): return emit(body, least, most, manner)
    case .look(let body, let ahead, let negated):
      guard ahead else {
        if case .set(let rule) = body { program.append(.behind(set: number(of: rule), negated: negated)) }
        return true
      }
      return emit(enclosed: body) { .look(negated: negated, end: $0) }
    case .atomic(let body): return emit(enclosed: body) { .atomic(end: $0) }
    case .lineStart: program.append(.lineStart)
    case .lineEnd: program.append(.lineEnd)
    case .textStart: program.append(.textStart)
    case .textEnd: program.append(.textEnd)
    case .wordBoundary(let negated): program.append(.wordBoundary(negated: negated))
    }
    return true
  }

  private mutating func emit(enclosed body: PatternNode, _ head: (Int) -> Instruction) -> Bool {
    let place = program.count
    program.append(.accept)
    guard emit(body) else { return false }
    program.append(.accept)
    program[place] = head(program.count)
    return true
  }

  private mutating func emit(choice parts: [PatternNode]) -> Bool {
    var ends: [Int] = []
    for (index, part) in parts.enumerated() {
      guard index + 1 < parts.count else {
        guard emit(part) else { return false }
        break
      }
      let split = program.count
      program.append(.accept)
      guard emit(part) else { return false }
      ends.append(program.count)
      program.append(.accept)
      program[split] = .split(split + 1, program.count)
    }
    for end in ends { program[end] = .jump(program.count) }
    return true
  }

  private mutating func emit(
    _ body: PatternNode, _ least: Int, _ most: Int, _ manner: PatternNode.Manner
  ) -> Bool {
    if case .set(let rule) = body, manner != .lazy {
      program.append(.run(set: number(of: rule), least: least, most: most, keeps: manner == .possessive))
      return true
    }
    if manner == .possessive {
      return emit(enclosed: .repeat(body, least: least, most: most, .greedy)) { .atomic(end: $0) }
    }
    for _ in 0..<least { guard emit(body) else { return false } }
    func split(_ inside: Int, _ outside: Int) -> Instruction {
      manner == .lazy ? .split(outside, inside) : .split(inside, outside)
    }
    if most == .max {
      let start = program.count
      program.append(.accept)
      guard emit(body) else { return false }
      program.append(.jump(start))
      program[start] = split(start + 1, program.count)
      return true
    }
    var splits: [Int] = []
    for _ in 0..<(most - least) {
      splits.append(program.count)
      program.append(.accept)
      guard emit(body) else { return false }
    }
    for place in splits { program[place] = split(place + 1, program.count) }
    return true
  }

  /// Runs that end the whole give nothing back: nothing behind them can fail.
  private mutating func dropNeedlessReturns() {
    for place in program.indices {
      guard case .run(let set, let least, let most, false) = program[place], endsAll(place + 1) else {
        continue
      }
      program[place] = .run(set: set, least: least, most: most, keeps: true)
    }
  }

  private func endsAll(_ place: Int) -> Bool {
    var place = place
    while case .jump(let target) = program[place], target > place { place = target }
    return place == program.count - 1
  }

  // MARK: - Running

  /// A place to go back to: the instruction, and the positions from `position` down to `lowest` that are left to try.
  fileprivate struct Return {
    let instruction: Int
    var position: Int
    let lowest: Int
  }

  /// What a search needs beside the program, kept between matches.
  package struct Scratch {
    fileprivate var returns: [Return] = []
    fileprivate var failed: Set<UInt64> = []
    fileprivate var steps = 0

    package init() {}
  }

  /// Calls `body` with each match in `text[start..<end]` from left to right; assertions see nothing outside of the range.
  package func matches(
    in text: Span<UInt8>, from start: Int, to end: Int, _ scratch: inout Scratch, _ body: (Int, Int) -> Void
  ) {
    var index = start
    while index < end {
      scratch.steps = 0
      if !scratch.failed.isEmpty { scratch.failed.removeAll() }
      if let stop = run(0, text, index, start, end, &scratch) {
        body(index, stop)
        if stop > index {
          index = stop
          continue
        }
      }
      index += decodeScalar(text, at: index, limit: end).length
    }
  }

  /// A program in a program: what fails there has failed for it alone.
  private func inner(
    _ first: Int, _ text: Span<UInt8>, _ position: Int, _ start: Int, _ end: Int, _ scratch: inout Scratch
  ) -> Int? {
    let failed = scratch.failed
    scratch.failed = []
    defer { scratch.failed = failed }
    return run(first, text, position, start, end, &scratch)
  }

  private func run(
    _ first: Int, _ text: Span<UInt8>, _ position: Int, _ start: Int, _ end: Int, _ scratch: inout Scratch
  ) -> Int? {
    let base = scratch.returns.count
    defer { scratch.returns.removeLast(scratch.returns.count - base) }
    var place = first
    var index = position
    while true {
      scratch.steps += 1
      var goesOn = true
      if scratch.steps > Self.patience, !scratch.failed.insert(UInt64(place) << 40 | UInt64(index)).inserted {
        goesOn = false
      } else {
        switch program[place] {
        case .accept: return index
        case .set(let set):
          goesOn = false
          if index < end {
            let (scalar, length) = decodeScalar(text, at: index, limit: end)
            if contains(scalar, set) {
              index += length
              goesOn = true
            }
          }
          place += 1
        case .run(let set, let least, let most, let keeps):
          var count = 0
          var enough = index
          while index < end, count < most {
            let (scalar, length) = decodeScalar(text, at: index, limit: end)
            guard contains(scalar, set) else { break }
            index += length
            count += 1
            if count == least { enough = index }
          }
          goesOn = count >= least
          place += 1
          if goesOn, !keeps, count > least {
            scratch.returns.append(Return(instruction: place, position: before(index, text), lowest: enough))
          }
        case .split(let preferred, let other):
          scratch.returns.append(Return(instruction: other, position: index, lowest: index))
          place = preferred
        case .jump(let target): place = target
        case .look(let negated, let after):
          goesOn = (inner(place + 1, text, index, start, end, &scratch) == nil) == negated
          place = after
        case .atomic(let after):
          if let stop = inner(place + 1, text, index, start, end, &scratch) {
            index = stop
          } else {
            goesOn = false
          }
          place = after
        case .behind(let set, let negated):
          let found =
            index > start
            && contains(decodeScalar(text, at: before(index, text), limit: index).value, set)
          goesOn = found != negated
          place += 1
        case .lineStart:
          goesOn = index == start || text[index - 1] == 0x0a && index < end
          place += 1
        case .lineEnd:
          goesOn = index == end || text[index] == 0x0a
          place += 1
        case .textStart:
          goesOn = index == start
          place += 1
        case .textEnd:
          goesOn = index == end
          place += 1
        case .wordBoundary(let negated):
          let left = index > start && isWord(decodeScalar(text, at: before(index, text), limit: index).value)
          let right = index < end && isWord(decodeScalar(text, at: index, limit: end).value)
          goesOn = (left != right) != negated
          place += 1
        }
      }
      guard !goesOn else { continue }
      guard scratch.returns.count > base, var back = scratch.returns.popLast() else { return nil }
      (place, index) = (back.instruction, back.position)
      if back.position > back.lowest {
        back.position = before(back.position, text)
        scratch.returns.append(back)
      }
    }
  }

  private func isWord(_ value: UInt32) -> Bool { contains(value, word) }

  /// Bytes that begin no valid sequence are in no set.
  private func contains(_ value: UInt32, _ set: Int) -> Bool {
    if value < 0x1_0000 { return bits[(set << 10) + Int(value >> 6)] >> UInt64(value & 63) & 1 == 1 }
    return value != invalidScalar && rules[set].contains(value)
  }

  /// The start of the scalar that ends at `index`; a byte of no valid sequence stands alone.
  private func before(_ index: Int, _ text: Span<UInt8>) -> Int {
    var start = index - 1
    while start > 0, index - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
    return decodeScalar(text, at: start, limit: index).length == index - start ? start : index - 1
  }
}
