internal import Files

/// What a block of a job depends on; its hash names the block's file.
public struct BlockKey: Sendable {
  /// A part of the inputs; kept as it is until a hash is wanted.
  public enum Input: Sendable {
    case floats([Float])
    case doubles([Double])
    case indices([Int32])
    case integers([Int])
    case text(String)
  }

  /// The job's name in messages.
  public let name: String
  let inputs: [Input]

  /// - Parameter inputs: everything that the result depends on, options included.
  public init(_ name: String, _ inputs: [Input]) {
    (self.name, self.inputs) = (name, inputs)
  }

  /// The same job with more that it depends on.
  public func adding(_ more: [Input]) -> BlockKey { BlockKey(name, inputs + more) }

  /// SHA-256 of name and inputs, each with its kind and length; one pass over the data.
  package func hash(version: String, count: Int) -> String {
    var hash = SHA256()
    add(Array("\(version)\u{0}\(name)\u{0}\(count)".utf8), kind: 0, to: &hash)
    for input in inputs {
      switch input {
      case .floats(let values): add(values, kind: 1, to: &hash)
      case .doubles(let values): add(values, kind: 2, to: &hash)
      case .indices(let values): add(values, kind: 3, to: &hash)
      case .integers(let values): add(values, kind: 4, to: &hash)
      case .text(let text): add(Array(text.utf8), kind: 5, to: &hash)
      }
    }
    return hexadecimal(hash.finalized())
  }

  private func add(_ values: [some BitwiseCopyable], kind: UInt8, to hash: inout SHA256) {
    hash.update([kind].span)
    hash.update([values.count].span)
    hash.update(values.span)
  }
}

/// The bytes of plain values, in the machine's order.
package func bytes(of values: [some BitwiseCopyable]) -> [UInt8] {
  unsafe values.withUnsafeBytes { buffer in unsafe Array(buffer) }
}

/// The values that `bytes(of:)` was given; `nil` where the bytes are no whole number of them.
package func values<Element: BitwiseCopyable>(of bytes: [UInt8], as type: Element.Type) -> [Element]? {
  let stride = MemoryLayout<Element>.stride
  guard bytes.count.isMultiple(of: stride) else { return nil }
  let count = bytes.count / stride
  return unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
    unsafe UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
    initialized = count
  }
}
