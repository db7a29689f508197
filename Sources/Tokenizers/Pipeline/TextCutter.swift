/// A pre-tokenizer: cuts pieces of text into smaller ones, and may rewrite them.
public enum TextCutter: Sendable {
  /// What becomes of the places that a cutter looks for.
  public enum Behavior: String, Sendable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  /// When Metaspace puts its mark before a piece.
  public enum PrefixScheme: String, Sendable {
    case first, never, always
  }

  /// Bytes as GPT-2's characters; a space before the text if asked for, GPT-2's cuts if asked for.
  case byteLevel(addsSpace: Bool, cuts: Bool)
  case split(TextPattern, Behavior, inverted: Bool)
  /// `\w+|[^\w\s]+`, and nothing of what is between.
  case whitespace
  /// White space is dropped.
  case whitespaceSplit
  /// White space is dropped, every character of punctuation stands alone.
  case bert
  case punctuation(Behavior)
  case digits(individual: Bool)
  /// One character, which is dropped.
  case delimiter(UInt32)
  /// Spaces become the mark, each mark begins a piece if `splits`.
  case metaspace(mark: [UInt8], PrefixScheme, splits: Bool)
  /// So many characters each.
  case fixedLength(Int)
}

/// Pieces of a text on their way to a model.
struct CutText {
  struct Piece {
    var start: Int
    var end: Int
    /// Whether it begins where the whole text begins.
    var isFirst: Bool
  }

  var text: [UInt8]
  var pieces: [Piece]
  /// Where the second part of a text in two parts begins, and where the first ends.
  var seam: Int
  var endOfFirst: Int
  private var scratch = Pattern.Scratch()
  private var next: [Piece] = []
  private var matches: [(start: Int, end: Int, isMatch: Bool)] = []

  init(_ text: [UInt8], isFirst: Bool, seam: Int, endOfFirst: Int) {
    self.text = text
    (self.seam, self.endOfFirst) = (seam, endOfFirst)
    pieces = text.isEmpty ? [] : [Piece(start: 0, end: text.count, isFirst: isFirst)]
  }

  /// - Parameter keepsBytes: whether the last ByteLevel leaves the bytes as they are, for a model that knows them by value.
  mutating func apply(_ cutter: TextCutter, keepsBytes: Bool) {
    switch cutter {
    case .byteLevel(let addsSpace, let cuts):
      if addsSpace {
        rewrite(prefix: [0x20]) { text, piece in
          text[piece.start] != 0x20
        } copy: {
          [$0]
        }
      }
      if cuts { split(.rule(.gpt2), .isolated, inverted: false) }
      if !keepsBytes {
        rewrite(prefix: []) { _, _ in
          false
        } copy: {
          ByteLevelAlphabet.utf8[Int($0)]
        }
      }
    case .split(let pattern, let behavior, let inverted): split(pattern, behavior, inverted: inverted)
    case .whitespace: split(.expression(Self.words), .removed, inverted: true)
    case .whitespaceSplit: split(where: isSpace, .removed)
    case .bert:
      split(where: isSpace, .removed)
      split(where: isPunctuation, .isolated)
    case .punctuation(let behavior): split(where: isPunctuation, behavior)
    case .digits(let individual):
      split(where: { ScalarClass.of($0).contains(.number) }, individual ? .isolated : .contiguous)
    case .delimiter(let scalar): split(where: { $0 == scalar }, .removed)
    case .metaspace(let mark, let scheme, let splits): addMarks(mark, scheme, splits: splits)
    case .fixedLength(let length): cut(every: length)
    }
  }

  /// `\w+|[^\w\s]+`, with the two joiners as parts of words.
  private static let words: Pattern = {
    do { return try Pattern(#"[\w\u200c\u200d]+|[^\w\s\u200c\u200d]+"#) } catch {
      preconditionFailure("\(error)")
    }
  }()

  // MARK: - Cutting

  private mutating func split(_ pattern: TextPattern, _ behavior: TextCutter.Behavior, inverted: Bool) {
    let text = text
    if behavior == .isolated, case .rule(let rule) = pattern {
      // Nothing but matches.
      var all: [Piece] = []
      all.reserveCapacity(text.count / 4)
      for piece in pieces {
        PreTokenScanner(rule: rule).scan(text.span, from: piece.start, to: piece.end) { start, end in
          all.append(Piece(start: start, end: end, isFirst: piece.isFirst && start == piece.start))
        }
      }
      pieces = all
      return
    }
    var scratch = scratch
    eachPiece { piece, matches in
      var last = piece.start
      pattern.matches(in: text.span, from: piece.start, to: piece.end, &scratch) { start, end in
        if last < start { matches.append((last, start, inverted)) }
        matches.append((start, end, !inverted))
        last = end
      }
      if last < piece.end { matches.append((last, piece.end, inverted)) }
    } behavior: {
      behavior
    }
    self.scratch = scratch
  }

  /// Each scalar that the test takes is a match.
  private mutating func split(where test: (UInt32) -> Bool, _ behavior: TextCutter.Behavior) {
    let text = text
    eachPiece { piece, matches in
      let text = text.span
      var last = piece.start
      var index = piece.start
      while index < piece.end {
        let (scalar, length) = decodeScalar(text, at: index, limit: piece.end)
        if test(scalar) {
          if last < index { matches.append((last, index, false)) }
          matches.append((index, index + length, true))
          last = index + length
        }
        index += length
      }
      if last < piece.end { matches.append((last, piece.end, false)) }
    } behavior: {
      behavior
    }
  }

  private mutating func eachPiece(
    _ find: (Piece, inout [(start: Int, end: Int, isMatch: Bool)]) -> Void,
    behavior: () -> TextCutter.Behavior
  ) {
    next.removeAll(keepingCapacity: true)
    for piece in pieces {
      matches.removeAll(keepingCapacity: true)
      find(piece, &matches)
      join(behavior())
      for match in matches where match.start < match.end {
        next.append(
          Piece(start: match.start, end: match.end, isFirst: piece.isFirst && match.start == piece.start))
      }
    }
    swap(&pieces, &next)
  }

  /// Applies a behaviour to `matches`.
  private mutating func join(_ behavior: TextCutter.Behavior) {
    switch behavior {
    case .isolated: return
    case .removed: matches.removeAll(where: \.isMatch)
    case .contiguous:
      var joined: [(start: Int, end: Int, isMatch: Bool)] = []
      for match in matches {
        if let last = joined.last, last.isMatch == match.isMatch {
          joined[joined.count - 1].end = match.end
        } else {
          joined.append(match)
        }
      }
      matches = joined
    case .mergedWithPrevious:
      var joined: [(start: Int, end: Int, isMatch: Bool)] = []
      var wasMatch = false
      for match in matches {
        if match.isMatch, !wasMatch, !joined.isEmpty {
          joined[joined.count - 1].end = match.end
        } else {
          joined.append(match)
        }
        wasMatch = match.isMatch
      }
      matches = joined
    case .mergedWithNext:
      var joined: [(start: Int, end: Int, isMatch: Bool)] = []
      var wasMatch = false
      for match in matches.reversed() {
        if match.isMatch, !wasMatch, !joined.isEmpty {
          joined[joined.count - 1].start = match.start
        } else {
          joined.append(match)
        }
        wasMatch = match.isMatch
      }
      matches = joined.reversed()
    }
  }

  private mutating func cut(every length: Int) {
    let text = text
    eachPiece { piece, matches in
      var (start, index, count) = (piece.start, piece.start, 0)
      while index < piece.end {
        index += decodeScalar(text.span, at: index, limit: piece.end).length
        count += 1
        if count == length || index == piece.end {
          matches.append((start, index, true))
          (start, count) = (index, 0)
        }
      }
    } behavior: {
      .isolated
    }
  }

  // MARK: - Rewriting

  private mutating func addMarks(_ mark: [UInt8], _ scheme: TextCutter.PrefixScheme, splits: Bool) {
    rewrite(prefix: mark) { text, piece in
      guard scheme == .always || scheme == .first && piece.isFirst else { return false }
      let end = piece.start + mark.count
      return text[piece.start] != 0x20 && !(end <= piece.end && text[piece.start..<end].elementsEqual(mark))
    } copy: {
      $0 == 0x20 ? mark : [$0]
    }
    if splits { split(.literal(mark), .mergedWithNext, inverted: false) }
  }

  /// Writes each piece anew, byte by byte, behind a prefix where the test says so.
  private mutating func rewrite(
    prefix: [UInt8], _ takesPrefix: ([UInt8], Piece) -> Bool, copy: (UInt8) -> [UInt8]
  ) {
    let copies = (0...255).map { copy(UInt8($0)) }
    let isPlain = copies.map { $0.count == 1 }
    var new: [UInt8] = []
    new.reserveCapacity(text.count + text.count / 2)
    var (newSeam, newEnd): (Int?, Int?) = (seam == .max ? .max : nil, endOfFirst == .max ? .max : nil)
    for place in pieces.indices {
      let piece = pieces[place]
      let start = new.count
      if newSeam == nil, piece.start >= seam { newSeam = start }
      if newEnd == nil, piece.start >= endOfFirst { newEnd = start }
      if takesPrefix(text, piece) { new.append(contentsOf: prefix) }
      for index in piece.start..<piece.end {
        if newSeam == nil, index == seam { newSeam = new.count }
        if newEnd == nil, index == endOfFirst { newEnd = new.count }
        let byte = text[index]
        if isPlain[Int(byte)] {
          new.append(copies[Int(byte)][0])
        } else {
          new.append(contentsOf: copies[Int(byte)])
        }
      }
      pieces[place] = Piece(start: start, end: new.count, isFirst: piece.isFirst)
    }
    (seam, endOfFirst) = (newSeam ?? new.count, newEnd ?? new.count)
    text = new
  }
}

private func isSpace(_ value: UInt32) -> Bool { ScalarClass.of(value).contains(.space) }

/// ASCII's punctuation and symbols, and all of `\p{P}`.
private func isPunctuation(_ value: UInt32) -> Bool {
  if value < 0x80 {
    return (0x21...0x2f).contains(value) || (0x3a...0x40).contains(value)
      || (0x5b...0x60).contains(value) || (0x7b...0x7e).contains(value)
  }
  return (11...17).contains(ScalarCategory.ofEight(value))
}
