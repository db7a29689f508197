import CHDF5
import Files

/// Bytes of text that an attribute takes at most; an object's header holds 64 KiB.
private let attributeTextLimit = 60_000

/// What an attribute of an element holds.
public enum AttributeValue: Sendable, Equatable, CustomStringConvertible {
  case text(String)
  case integer(Int)
  case number(Double)
  /// Something that our files never contain, in words.
  case other(String)

  public var description: String {
    switch self {
    case .text(let text): text
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .other(let words): words
    }
  }
}

extension HDF5File {
  /// Adds an attribute to an element that is in the file.
  /// - Throws: also for text of more than 60 kB, which an attribute cannot hold.
  func setAttribute(_ name: String, of element: String, to value: AttributeValue) throws(StoreError) {
    let place = place(element).attribute(name)
    let object = try openObject(element)
    let space = try Handle.open(place, "create a dataspace") { H5Screate(H5S_SCALAR) }
    let text = try PaddedStrings([value.description], place: place)
    guard text.width <= attributeTextLimit else {
      throw place.malformed("text", expected: "at most \(attributeTextLimit) bytes", actual: "\(text.width)")
    }
    let type = try Handle.open(place, "create the type") {
      switch value {
      case .integer: H5Tcopy(sextant_h5t_i64le())
      case .number: H5Tcopy(sextant_h5t_f64le())
      case .text, .other: sextant_h5t_text(text.width)
      }
    }
    let attribute = try Handle.open(place, "create the attribute") {
      unsafe H5Acreate2(
        object.id, name, type.id, space.id, sextant_h5p_default(), sextant_h5p_default())
    }
    switch value {
    case .integer(let value):
      let stored = Int64(value)
      try HDF5.call(place, "write") { unsafe H5Awrite(attribute.id, sextant_h5t_native_int64(), [stored]) }
    case .number(let value):
      try HDF5.call(place, "write") { unsafe H5Awrite(attribute.id, sextant_h5t_native_double(), [value]) }
    case .text, .other:
      try HDF5.call(place, "write") { unsafe H5Awrite(attribute.id, type.id, text.bytes) }
    }
  }
}

/// Reads attributes, whose names and texts together take no more memory than the file has bytes: many objects of a hostile
/// file may share one heap.
struct AttributeReader {
  private let bytes: FileReader
  /// Nil where text of variable length is refused.
  private var heaps: GlobalHeaps?
  private var bytesLeft: Int

  init(_ bytes: FileReader, variableText: Bool) {
    (self.bytes, bytesLeft) = (bytes, bytes.count)
    heaps = variableText ? GlobalHeaps(bytes) : nil
  }

  /// All attributes of an object that is open.
  mutating func attributes(
    of object: borrowing Handle, count: Int, header: ObjectHeader, place: Place
  ) throws(StoreError) -> [String: AttributeValue] {
    var values: [String: AttributeValue] = [:]
    let id = object.id
    for index in 0..<count {
      let numbered = place.attribute(String(index))
      let attribute = try Handle.open(numbered, "open the attribute") {
        unsafe H5Aopen_by_idx(
          id, ".", H5_INDEX_NAME, H5_ITER_INC, hsize_t(index), sextant_h5p_default(), sextant_h5p_default())
      }
      let name = try unsafe numbered.readName { unsafe H5Aget_name(attribute.id, $1, $0) }
      let named = place.attribute(name)
      try takeMemory(name.utf8.count, place: named)
      values[name] = try value(of: attribute, name: name, header: header, place: named)
    }
    return values
  }

  private mutating func value(
    of attribute: borrowing Handle, name: String, header: ObjectHeader, place: Place
  ) throws(StoreError) -> AttributeValue {
    let id = attribute.id
    let type = try Handle.open(place, "open the type") { H5Aget_type(id) }
    let space = try Handle.open(place, "open the dataspace") { H5Aget_space(id) }
    let shape = try HDF5.call(place, "read the shape") { H5Sget_simple_extent_type(space.id).rawValue }
    guard shape == H5S_SCALAR.rawValue else { return .other("not a single value") }
    let size = try HDF5.call(place, "read the type's size") { H5Tget_size(type.id) }
    let isVariable = try HDF5.call(place, "read the type") { H5Tis_variable_str(type.id) } > 0
    switch H5T_class_t(try HDF5.call(place, "read the type") { H5Tget_class(type.id).rawValue }) {
    case H5T_INTEGER where size <= 8:
      var value: Int64 = 0
      try HDF5.call(place, "read") { unsafe H5Aread(id, sextant_h5t_native_int64(), &value) }
      return .integer(Int(value))
    case H5T_FLOAT where size <= 8:
      var value = 0.0
      try HDF5.call(place, "read") { unsafe H5Aread(id, sextant_h5t_native_double(), &value) }
      return .number(value)
    case H5T_STRING where isVariable:
      return .text(try variableText(of: name, header: header, place: place))
    case H5T_STRING where size <= 65536:
      try takeMemory(size, place: place)
      var bytes = [UInt8](repeating: 0, count: size)
      try HDF5.call(place, "read") { unsafe H5Aread(id, type.id, &bytes) }
      return .text(try PaddedStrings.text(bytes[...], place: place))
    default: return .other("a type that is not ours")
    }
  }

  private mutating func variableText(
    of name: String, header: ObjectHeader, place: Place
  ) throws(StoreError) -> String {
    guard heaps != nil else { throw place.refused(TextType.variable) }
    var reference = try header.value(of: name, in: bytes)
    let text = try heaps?.text(&reference, place: place) ?? ""
    try takeMemory(text.utf8.count, place: place)
    return text
  }

  private mutating func takeMemory(_ count: Int, place: Place) throws(StoreError) {
    guard count <= bytesLeft else {
      throw place.malformed(
        "attributes", expected: "names and texts of at most the file's \(bytes.count) bytes", actual: "more")
    }
    bytesLeft -= count
  }
}

extension Place {
  func attribute(_ name: String) -> Place {
    Place(path: path, element: "\(element)@\(name)", isOutput: isOutput)
  }

  /// A name of at most 1024 bytes that a C call copies into a buffer, returning its length.
  func readName(
    _ body: (UnsafeMutablePointer<CChar>, Int) -> Int
  ) throws(StoreError) -> String {
    let capacity = 1025
    var bytes = [CChar](repeating: 0, count: capacity)
    let length = try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(StoreError) in
      guard let start = buffer.baseAddress else { return 0 }
      return try HDF5.call(self, "read the name") { unsafe body(start, capacity) }
    }
    guard length < capacity,
      let name = String(validating: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    else {
      throw malformed("name", expected: "at most 1024 bytes of UTF-8", actual: "\(length) bytes")
    }
    return name
  }
}
