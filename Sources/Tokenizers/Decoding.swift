extension Tokenizer {
  /// The text of ids; bytes that are not valid UTF-8 become U+FFFD.
  ///
  /// - Parameter skippingControl: whether control tokens leave nothing behind; otherwise their spelling.
  /// - Precondition: every id is in the vocabulary.
  public func decode(_ ids: [Int], skippingControl: Bool = true) -> String {
    String(decoding: decodeBytes(ids, skippingControl: skippingControl), as: UTF8.self)
  }

  /// The bytes of ids, which need not be valid UTF-8 where a character is cut.
  ///
  /// - Precondition: every id is in the vocabulary.
  public func decodeBytes(_ ids: [Int], skippingControl: Bool = true) -> [UInt8] {
    if let pipeline { return decodeBytes(ids, by: pipeline, skippingControl: skippingControl) }
    var bytes: [UInt8] = []
    var isFirst = true
    for id in ids { append(id, skippingControl: skippingControl, to: &bytes, isFirst: &isFirst) }
    return bytes
  }

  /// Tokens through all steps of a pipeline; without any, a space stands between them.
  private func decodeBytes(_ ids: [Int], by encoder: PipelineEncoder, skippingControl: Bool) -> [UInt8] {
    var tokens: [[UInt8]] = []
    for id in ids {
      precondition(
        vocabulary.indices.contains(id), "token \(id) outside the vocabulary of \(vocabulary.count)")
      if skippingControl, vocabulary[id].kind == .control { continue }
      tokens.append(encoder.decodedForms[id] ?? Array(vocabulary[id].form.utf8))
    }
    let decoders = encoder.pipeline.decoders
    guard !decoders.isEmpty else { return Array(tokens.joined(separator: [0x20])) }
    return Array(decoders.reduce(tokens) { $1.apply($0) }.joined())
  }

  /// Appends the bytes of one token; the first that is no control token loses the space that encoding put in.
  func append(_ id: Int, skippingControl: Bool, to bytes: inout [UInt8], isFirst: inout Bool) {
    precondition(vocabulary.indices.contains(id), "token \(id) outside the vocabulary of \(vocabulary.count)")
    let token = vocabulary[id]
    if token.kind == .control {
      if !skippingControl { bytes.append(contentsOf: token.form.utf8) }
      return
    }
    let dropsSpace = isFirst && dropsFirstSpace && token.bytes.first == 0x20
    bytes.append(contentsOf: token.bytes.dropFirst(dropsSpace ? 1 : 0))
    isFirst = false
  }
}

/// Decodes a stream of ids, giving out text only as far as its characters are complete.
///
/// What it gives out, put together, equals ``Tokenizer/decode(_:skippingControl:)`` of all ids.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skippingControl: Bool
  private var pending: [UInt8] = []
  private var isFirst = true
  /// All ids so far and how many of their bytes were given out, where steps look at more than one token.
  private var ids: [Int] = []
  private var given = 0

  public init(_ tokenizer: Tokenizer, skippingControl: Bool = true) {
    self.tokenizer = tokenizer
    self.skippingControl = skippingControl
  }

  /// Takes one id and returns the text that it completes, often empty inside a character.
  ///
  /// Cost: constant; linear in the tokens so far for the steps of a `tokenizer.json`.
  public mutating func push(_ id: Int) -> String {
    if tokenizer.pipeline == nil {
      tokenizer.append(id, skippingControl: skippingControl, to: &pending, isFirst: &isFirst)
    } else {
      ids.append(id)
      pending = Array(tokenizer.decodeBytes(ids, skippingControl: skippingControl).dropFirst(given))
    }
    let complete = pending.count - incompleteTail()
    let text = String(decoding: pending[..<complete], as: UTF8.self)
    pending.removeFirst(complete)
    given += complete
    return text
  }

  /// Returns what is left: U+FFFD for a character that never came to its end.
  public mutating func finish() -> String {
    defer { pending.removeAll() }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end may still become a character.
  private func incompleteTail() -> Int {
    for length in 1...3 where length <= pending.count {
      let lead = pending[pending.count - length]
      if lead & 0xc0 == 0x80 { continue }
      let needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
      return needed > length ? length : 0
    }
    return 0
  }
}
