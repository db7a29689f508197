package import Files

/// A GGUF file in the making: version 3, numbers in F32.
package struct GGUFWriter {
  /// A value of the metadata.
  package enum Value {
    case string(String)
    case unsigned(UInt32)
    case float(Float)
  }

  private let metadata: [(String, Value)]
  private var tensors: [(name: String, dimensions: [Int], values: [Float])] = []

  package init(_ metadata: [(String, Value)]) { self.metadata = metadata }

  /// - Parameter dimensions: the fastest first, as ggml has them: of a matrix columns, then rows.
  /// - Precondition: as many numbers.
  package mutating func add(_ name: String, dimensions: [Int], _ values: [Float]) {
    precondition(dimensions.reduce(1, *) == values.count, "\(values.count) numbers for \(dimensions)")
    tensors.append((name, dimensions, values))
  }

  /// The whole file; tensors begin at multiples of 32.
  package var bytes: ByteWriter {
    var writer = ByteWriter()
    writer.append(raw: "GGUF".utf8)
    writer.append(UInt32(3))
    writer.append(UInt64(tensors.count))
    writer.append(UInt64(metadata.count))
    for (key, value) in metadata { value.append(key: key, to: &writer) }
    var offset: UInt64 = 0
    for tensor in tensors {
      writer.append(string: tensor.name)
      writer.append(UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { writer.append(UInt64(dimension)) }
      writer.append(UInt32(0))
      writer.append(offset)
      offset += UInt64((tensor.values.count * 4 + 31) / 32 * 32)
    }
    for tensor in tensors {
      writer.pad(to: 32)
      writer.append(tensor.values)
    }
    writer.pad(to: 32)
    return writer
  }
}

extension GGUFWriter.Value {
  fileprivate func append(key: String, to writer: inout ByteWriter) {
    writer.append(string: key)
    switch self {
    case .string(let value):
      writer.append(UInt32(8))
      writer.append(string: value)
    case .unsigned(let value):
      writer.append(UInt32(4))
      writer.append(value)
    case .float(let value):
      writer.append(UInt32(6))
      writer.append([value])
    }
  }
}
