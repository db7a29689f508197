/// Checked little-endian reads: every one returns `nil` where the file ends too soon, so that readers of
/// file formats need no unsafe code and can say where and what they expected.
extension MappedFile {
  /// The byte at `offset`; nil past the end.
  public func uint8(at offset: Int) -> UInt8? { load(UInt8.self, at: offset) }

  /// The little-endian number at `offset`; nil past the end.
  public func uint16(at offset: Int) -> UInt16? {
    load(UInt16.self, at: offset).map(UInt16.init(littleEndian:))
  }

  /// The little-endian number at `offset`; nil past the end.
  public func uint32(at offset: Int) -> UInt32? {
    load(UInt32.self, at: offset).map(UInt32.init(littleEndian:))
  }

  /// The little-endian number at `offset`; nil past the end.
  public func uint64(at offset: Int) -> UInt64? {
    load(UInt64.self, at: offset).map(UInt64.init(littleEndian:))
  }

  /// A copy of `count` bytes.
  public func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard holds(count, at: offset) else { return nil }
    return withBytes { bytes in
      let part = bytes.extracting(offset..<offset + count)
      return unsafe part.withUnsafeBytes { unsafe [UInt8]($0) }
    }
  }

  /// `count` bytes as text; the inner `nil` stands for bytes that are not valid UTF-8.
  public func text(at offset: Int, count: Int) -> String?? {
    guard holds(count, at: offset) else { return nil }
    return withBytes { bytes in
      let part = bytes.extracting(offset..<offset + count)
      return .some(unsafe part.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) })
    }
  }

  /// Whether the file has `count` bytes from `offset` on.
  public func holds(_ count: Int, at offset: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= self.count && count <= self.count - offset
  }

  private func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value? {
    guard holds(MemoryLayout<Value>.size, at: offset) else { return nil }
    return withBytes { unsafe $0.unsafeLoadUnaligned(fromByteOffset: offset, as: type) }
  }
}
