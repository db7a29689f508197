import Files
import Tensors
import Tokenizers

/// A `tokenizer.model`: SentencePiece's protocol buffer.
///
/// Source: `sentencepiece_model.proto`; ModelProto's field 1 is a piece, whose fields are 1 the form, 2 the score and 3 the type,
/// numbered as ggml numbers them; 2 is what it was trained with, 3 the normalizer, 5 what undoes it.
struct SentencePieceModel {
  private(set) var forms: [String] = []
  private(set) var types: [TokenType] = []
  private(set) var scores: [Float] = []
  /// 1 unigram, 2 BPE, 3 words, 4 characters.
  private(set) var kind = 1
  private(set) var fallsBackToBytes = false
  private(set) var marksWordEnds = false
  private(set) var unknown = 0
  private(set) var begin = 1
  private(set) var end = 2
  private(set) var characterMap: [UInt8] = []
  private(set) var addsPrefix = true
  private(set) var joinsSpaces = true
  private(set) var escapesSpaces = true
  private(set) var changesDecodedText = false

  private static let longest = 64 << 20
  private static let mostPieces = 1 << 21

  init(path: String) throws(CheckpointError) {
    let file = try checkpointErrors { () throws(TensorError) in try MappedFile(path: path) }
    let kind = FileKind(file)
    guard kind == .unknown || kind == .text else {
      throw .otherKind(path: path, expected: "a SentencePiece model", kind)
    }
    guard file.count <= Self.longest, let bytes = file.bytes(at: 0, count: file.count) else {
      throw .malformed(
        path: path, offset: 0, what: "size of a SentencePiece model",
        expected: "at most \(Self.longest) bytes",
        actual: "\(file.count)")
    }
    var reader = ProtocolBuffer(path: path, bytes: bytes, range: bytes.indices)
    while let field = try reader.next() {
      guard let range = field.range else { continue }
      let message = ProtocolBuffer(path: path, bytes: bytes, range: range)
      switch field.number {
      case 2: try addTraining(message)
      case 3: try addNormalizer(message)
      case 5: try addDenormalizer(message)
      default: break
      }
      guard field.number == 1 else { continue }
      guard forms.count < Self.mostPieces else {
        throw reader.malformed("pieces", expected: "at most \(Self.mostPieces)", actual: "more")
      }
      try add(ProtocolBuffer(path: path, bytes: bytes, range: range))
    }
    guard !forms.isEmpty else {
      throw reader.malformed("SentencePiece model", expected: "pieces", actual: "none")
    }
  }

  private mutating func add(_ piece: ProtocolBuffer) throws(CheckpointError) {
    var reader = piece
    var form: String?
    var type = TokenType.normal
    var score: Float = 0
    while let field = try reader.next() {
      if field.number == 1, let range = field.range {
        form = String(validating: reader.bytes[range], as: UTF8.self)
      } else if field.number == 2 {
        score = Float(bitPattern: UInt32(truncatingIfNeeded: field.value))
      } else if field.number == 3, let known = TokenType(rawValue: Int(truncatingIfNeeded: field.value)) {
        type = known
      }
    }
    guard let form else {
      throw reader.malformed("piece \(forms.count)", expected: "a form in UTF-8", actual: "none")
    }
    forms.append(form)
    types.append(type)
    scores.append(score)
  }

  private mutating func addTraining(_ message: ProtocolBuffer) throws(CheckpointError) {
    var reader = message
    while let field = try reader.next() {
      let number = Int(Int32(truncatingIfNeeded: field.value))
      switch field.number {
      case 3: kind = number
      case 24: marksWordEnds = number != 0
      case 35: fallsBackToBytes = number != 0
      case 40: unknown = number
      case 41: begin = number
      case 42: end = number
      default: break
      }
    }
  }

  private mutating func addNormalizer(_ message: ProtocolBuffer) throws(CheckpointError) {
    var reader = message
    while let field = try reader.next() {
      switch field.number {
      case 2: characterMap = field.range.map { Array(reader.bytes[$0]) } ?? []
      case 3: addsPrefix = field.value != 0
      case 4: joinsSpaces = field.value != 0
      case 5: escapesSpaces = field.value != 0
      default: break
      }
    }
  }

  private mutating func addDenormalizer(_ message: ProtocolBuffer) throws(CheckpointError) {
    var reader = message
    while let field = try reader.next() {
      if field.number == 2, let range = field.range, !range.isEmpty { changesDecodedText = true }
    }
  }
}

/// The fields of a message in protocol buffers' wire format.
private struct ProtocolBuffer {
  let path: String
  let bytes: [UInt8]
  private var position: Int
  private let end: Int

  /// A field's number, and its number or the place of its bytes.
  struct Field {
    let number: UInt64
    var value: UInt64 = 0
    var range: Range<Int>?
  }

  init(path: String, bytes: [UInt8], range: Range<Int>) {
    self.path = path
    self.bytes = bytes
    (position, end) = (range.lowerBound, range.upperBound)
  }

  func malformed(_ what: String, expected: String, actual: String) -> CheckpointError {
    .malformed(path: path, offset: position, what: what, expected: expected, actual: actual)
  }

  /// The next field; `nil` at the end of the message.
  mutating func next() throws(CheckpointError) -> Field? {
    guard position < end else { return nil }
    let key = try variableNumber()
    var field = Field(number: key >> 3)
    switch key & 7 {
    case 0: field.value = try variableNumber()
    case 1: _ = try skip(8)
    case 2: field.range = try skip(try variableNumber())
    case 5:
      field.value = bytes[try skip(4)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    default: throw malformed("field of a SentencePiece model", expected: "a wire type", actual: "\(key & 7)")
    }
    return field
  }

  private mutating func skip(_ count: UInt64) throws(CheckpointError) -> Range<Int> {
    guard count <= UInt64(end - position) else {
      throw malformed(
        "field of a SentencePiece model", expected: "at most \(end - position) bytes", actual: "\(count)")
    }
    defer { position += Int(count) }
    return position..<position + Int(count)
  }

  private mutating func variableNumber() throws(CheckpointError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < end else { break }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw malformed("number in a SentencePiece model", expected: "at most ten bytes", actual: "no end")
  }
}
