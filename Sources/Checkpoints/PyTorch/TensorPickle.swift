import Files

/// The pickle of a PyTorch state dict (`data.pkl`), read without running anything.
///
/// A pickle is a program for a stack machine, which may name and call any function of Python. Of its instructions those of protocol 2 are known
/// here that build numbers, text, tuples, lists and dicts; of functions the few that put a tensor's description together, each of
/// which is a case of this reader's own and is never looked up. Whatever else is named is an error with its name.
///
/// Values that hold others lie in lists and refer to each other by position, so that no file can nest them deeper than memory allows.
/// Source: Python's `pickletools`, and `torch/_utils.py` of PyTorch.
struct TensorPickle {
  /// A tensor as the pickle describes it.
  struct Tensor: Equatable {
    /// The archive's member with its numbers: `data/KEY`.
    let key: String
    /// PyTorch's name of the storage's class, such as `FloatStorage`.
    let storage: String
    /// Of the storage, in elements.
    let count: Int
    /// The first element.
    let offset: Int
    let shape: [Int]
    /// In elements.
    let strides: [Int]
  }

  private enum Value {
    case none
    case mark
    case bool(Bool)
    case integer(Int)
    case number
    case text(String)
    /// Positions in `tuples`, `lists` and `dicts`.
    case tuple(Int)
    case list(Int)
    case dict(Int)
    case function(Function)
    case storageClass(String)
    /// A storage, by its position in `storages`.
    case storage(Int)
    /// By its position in `tensors`.
    case tensor(Int)
  }

  /// The functions that are known.
  private enum Function: String, CaseIterable {
    case orderedDict = "collections.OrderedDict"
    case tensor = "torch._utils._rebuild_tensor_v2"
    case parameter = "torch._utils._rebuild_parameter"
  }

  private struct Storage {
    let type: String
    let key: String
    let count: Int
  }

  /// Classes of storages, of types that can be read or only be passed over.
  static let storages = [
    "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16", "DoubleStorage": "F64",
    "LongStorage": "I64",
    "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8",
    "BoolStorage": "BOOL",
  ]

  /// Of half a million tensors.
  private static let mostValues = 1 << 22

  private let bytes: [UInt8]
  private let path: String
  private var place = 0
  private var stack: [Value] = []
  private var memo: [Int: Value] = [:]
  private var tuples: [[Value]] = []
  private var lists: [[Value]] = []
  private var dicts: [[(key: Value, value: Value)]] = []
  private var storages: [Storage] = []
  private var tensors: [Tensor] = []

  /// The tensors of a state dict, in its order.
  /// - Throws: `FileError.malformed` with the byte of the first instruction or name that is not known, or of what is not a state dict.
  static func read(_ bytes: [UInt8], path: String) throws(FileError) -> [(name: String, tensor: Tensor)] {
    var pickle = TensorPickle(bytes: bytes, path: path)
    return try pickle.stateDict()
  }

  private init(bytes: [UInt8], path: String) { (self.bytes, self.path) = (bytes, path) }

  private func fault(_ what: String, _ expected: String, _ actual: String) -> FileError {
    .malformed(path: path, offset: place, what: what, expected: expected, actual: actual)
  }

  private mutating func stateDict() throws(FileError) -> [(name: String, tensor: Tensor)] {
    while try step() {}
    guard stack.count == 1, case .dict(let whole) = stack[0] else {
      throw fault("pickle", "one dict of tensors", "\(stack.count) values, of which the first is no dict")
    }
    var found: [(name: String, tensor: Tensor)] = []
    for (key, value) in dicts[whole] {
      guard case .text(let name) = key else { throw fault("key of the state dict", "text", "another value") }
      guard case .tensor(let index) = value else {
        throw fault(
          "entry \(name.debugDescription)", "a tensor, as in a state dict",
          "another value: save model.state_dict() alone")
      }
      found.append((name, tensors[index]))
    }
    return found
  }

  // MARK: - The stack

  private mutating func pop() throws(FileError) -> Value {
    guard let value = stack.popLast() else { throw fault("stack", "a value", "none") }
    if case .mark = value { throw fault("stack", "a value", "a mark") }
    return value
  }

  /// What lies above the last mark, which goes too.
  private mutating func popToMark() throws(FileError) -> [Value] {
    let mark = stack.lastIndex { if case .mark = $0 { true } else { false } }
    guard let mark else { throw fault("stack", "a mark", "none") }
    let values = Array(stack[(mark + 1)...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func pushTuple(_ values: [Value]) {
    tuples.append(values)
    stack.append(.tuple(tuples.count - 1))
  }

  private mutating func pushDict() {
    dicts.append([])
    stack.append(.dict(dicts.count - 1))
  }

  private mutating func take(_ count: Int, _ what: String) throws(FileError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - place else {
      throw fault(what, "\(count) bytes inside the pickle", "\(bytes.count - place)")
    }
    place += count
    return bytes[place - count..<place]
  }

  private mutating func number(_ count: Int, _ what: String) throws(FileError) -> Int {
    try take(count, what).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func line(_ what: String) throws(FileError) -> String {
    guard let end = bytes[place...].prefix(300).firstIndex(of: 0x0A) else {
      throw fault(what, "a line of at most 300 bytes", "a longer one")
    }
    let text = try take(end - place, what)
    place += 1
    guard let text = String(validating: text, as: UTF8.self) else {
      throw fault(what, "UTF-8 text", "other bytes")
    }
    return text
  }

  // MARK: - Instructions

  /// Follows one instruction; false behind the last.
  private mutating func step() throws(FileError) -> Bool {
    guard stack.count + tuples.count + dicts.count + lists.count <= Self.mostValues else {
      throw fault("pickle", "at most \(Self.mostValues) values", "more")
    }
    let instruction = try take(1, "instruction").first ?? 0
    switch instruction {
    case 0x80:  // PROTO
      let version = try number(1, "protocol")
      guard version == 2 else { throw fault("protocol", "2, as torch.save writes", "\(version)") }
    case UInt8(ascii: "."): return false  // STOP
    case UInt8(ascii: "("): stack.append(.mark)
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(try number(1, "BININT1")))
    case UInt8(ascii: "M"): stack.append(.integer(try number(2, "BININT2")))
    case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4, "BININT")))))
    case 0x8A: try pushLong()
    case UInt8(ascii: "G"):  // BINFLOAT
      _ = try take(8, "BINFLOAT")
      stack.append(.number)
    case UInt8(ascii: "X"): try pushText()
    case UInt8(ascii: "q"): try remember(as: number(1, "BINPUT"))
    case UInt8(ascii: "r"): try remember(as: number(4, "LONG_BINPUT"))
    case UInt8(ascii: "h"): try recall(number(1, "BINGET"))
    case UInt8(ascii: "j"): try recall(number(4, "LONG_BINGET"))
    case UInt8(ascii: ")"): pushTuple([])
    case 0x85, 0x86, 0x87:  // TUPLE1 to TUPLE3
      var values: [Value] = []
      for _ in 0...instruction - 0x85 { values.insert(try pop(), at: 0) }
      pushTuple(values)
    case UInt8(ascii: "t"): pushTuple(try popToMark())
    case UInt8(ascii: "]"):
      lists.append([])
      stack.append(.list(lists.count - 1))
    case UInt8(ascii: "a"): try append([pop()])
    case UInt8(ascii: "e"): try append(popToMark())
    case UInt8(ascii: "}"): pushDict()
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([pop(), value])
    case UInt8(ascii: "u"): try set(popToMark())
    case UInt8(ascii: "c"): try pushGlobal()
    case UInt8(ascii: "Q"): try pushStorage()
    case UInt8(ascii: "R"): try call()
    case UInt8(ascii: "b"): try build()
    default:
      throw fault(
        "instruction", "one that builds a state dict",
        "0x\(String(instruction, radix: 16)), which is not followed here")
    }
    return true
  }

  private mutating func pushLong() throws(FileError) {
    let count = try number(1, "LONG1")
    guard count <= 8 else { throw fault("LONG1", "at most 8 bytes", "\(count)") }
    var value = 0
    let digits = try take(count, "LONG1")
    for (index, byte) in digits.enumerated() { value |= Int(byte) << (8 * index) }
    if count < 8, let last = digits.last, last >= 0x80 { value -= 1 << (8 * count) }
    stack.append(.integer(value))
  }

  private mutating func pushText() throws(FileError) {
    let text = try take(number(4, "BINUNICODE"), "BINUNICODE")
    guard let text = String(validating: text, as: UTF8.self) else {
      throw fault("BINUNICODE", "UTF-8 text", "other bytes")
    }
    stack.append(.text(text))
  }

  private mutating func remember(as key: Int) throws(FileError) {
    let value = try pop()
    memo[key] = value
    stack.append(value)
  }

  private mutating func recall(_ key: Int) throws(FileError) {
    guard let value = memo[key] else { throw fault("memo", "a value remembered as \(key)", "none") }
    stack.append(value)
  }

  private mutating func append(_ values: [Value]) throws(FileError) {
    guard case .list(let index)? = stack.last else { throw fault("stack", "a list", "another value") }
    lists[index] += values
  }

  private mutating func set(_ pairs: [Value]) throws(FileError) {
    guard case .dict(let index)? = stack.last else { throw fault("stack", "a dict", "another value") }
    guard pairs.count.isMultiple(of: 2) else { throw fault("dict", "keys with values", "a key without") }
    for start in stride(from: 0, to: pairs.count, by: 2) {
      dicts[index].append((pairs[start], pairs[start + 1]))
    }
  }

  // MARK: - Names and what they do

  private mutating func pushGlobal() throws(FileError) {
    let (module, name) = (try line("module"), try line("name"))
    if let function = Function(rawValue: "\(module).\(name)") {
      stack.append(.function(function))
    } else if module == "torch", Self.storages[name] != nil {
      stack.append(.storageClass(name))
    } else {
      let known = Function.allCases.map(\.rawValue) + ["the classes of storages"]
      throw fault(
        "name", known.joined(separator: ", "),
        "\(module).\(name), which a pickle may call and this reader does not: only save model.state_dict()")
    }
  }

  /// The persistent id of a storage: `("storage", class, key, device, count)`.
  private mutating func pushStorage() throws(FileError) {
    guard case .tuple(let index) = try pop(), tuples[index].count == 5,
      case .text("storage") = tuples[index][0],
      case .storageClass(let type) = tuples[index][1], case .text(let key) = tuples[index][2],
      case .integer(let count) = tuples[index][4], count >= 0
    else { throw fault("persistent id", "(\"storage\", class, key, device, count)", "another value") }
    storages.append(Storage(type: type, key: key, count: count))
    stack.append(.storage(storages.count - 1))
  }

  private mutating func call() throws(FileError) {
    guard case .tuple(let index) = try pop(), case .function(let function) = try pop() else {
      throw fault(
        "call", "one of \(Function.allCases.map(\.rawValue).joined(separator: ", "))", "another value")
    }
    let arguments = tuples[index]
    switch function {
    case .orderedDict:
      guard arguments.isEmpty else { throw fault(function.rawValue, "no arguments", "\(arguments.count)") }
      pushDict()
    case .parameter:
      guard case .tensor? = arguments.first else {
        throw fault(function.rawValue, "a tensor", "another value")
      }
      stack.append(arguments[0])
    case .tensor: try pushTensor(arguments)
    }
  }

  /// `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`.
  private mutating func pushTensor(_ arguments: [Value]) throws(FileError) {
    guard arguments.count >= 4, case .storage(let index) = arguments[0],
      case .integer(let offset) = arguments[1],
      offset >= 0, let shape = integers(arguments[2]), let strides = integers(arguments[3]),
      shape.count == strides.count
    else {
      throw fault(
        Function.tensor.rawValue, "a storage, an offset, a shape and strides of as many dimensions",
        "other values")
    }
    let storage = storages[index]
    tensors.append(
      Tensor(
        key: storage.key, storage: storage.type, count: storage.count, offset: offset, shape: shape,
        strides: strides))
    stack.append(.tensor(tensors.count - 1))
  }

  private func integers(_ value: Value) -> [Int]? {
    guard case .tuple(let index) = value else { return nil }
    let numbers = tuples[index].compactMap {
      if case .integer(let number) = $0, number >= 0 { number } else { nil }
    }
    return numbers.count == tuples[index].count ? numbers : nil
  }

  /// What stands beside a dict's entries (`_metadata` of a state dict: versions of modules) is passed over.
  private mutating func build() throws(FileError) {
    _ = try pop()
    guard case .dict? = stack.last else { throw fault("BUILD", "a dict", "another value") }
  }
}
