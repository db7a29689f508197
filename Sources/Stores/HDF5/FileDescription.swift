import CHDF5
import Files
import Foundation

/// What is in one of our files: every element with its shape, type and attributes.
///
/// Making one checks the structure: a file that could reach outside itself or run foreign code is refused.
public struct FileDescription: Sendable, Equatable {
  /// A group or a dataset.
  public struct Element: Sendable, Equatable {
    /// From the root: `/tokens/form`; the root is `/`.
    public let path: String
    /// `F32`, `F16`, `I32`, `I64`, `U8`, `text`, `text of variable length`; `nil` for a group.
    public let type: String?
    /// Rows first; empty for a group and for a single value.
    public let shape: [Int]
    public let attributes: [String: AttributeValue]
    /// Bytes of one element; 0 for a group.
    let elementBytes: Int
  }

  public let path: String
  public let byteCount: Int
  /// Parents before children, names in order.
  public let elements: [Element]

  /// The element at this path; nil when there is none.
  public func element(_ path: String) -> Element? { elements.first { $0.path == path } }
}

extension FileDescription: CustomStringConvertible {
  /// A tree in text: one line an element, its attributes below it.
  public var description: String {
    var lines = ["\(path)  \(byteCount) bytes"]
    for element in elements {
      let depth = element.path == "/" ? 0 : element.path.split(separator: "/").count
      let indent = String(repeating: "  ", count: depth)
      let shape = element.shape.map(String.init).joined(separator: " x ")
      let name = element.path == "/" ? "/" : element.path.split(separator: "/").last.map(String.init) ?? ""
      lines.append(
        indent + ([Self.line(name)] + [element.type, shape].compactMap { $0 }).joined(separator: "  "))
      for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
        lines.append(indent + "  @\(Self.line(name)) = \(Self.line(value.description))")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// A name cannot look like two lines of the tree.
  private static func line(_ text: String) -> String {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: "␊")
  }
}

/// Walks a file once, within limits that no file of ours comes near. Each header is read before the library reads it.
struct StructureReader: ~Copyable {
  private static let elementLimit = 1000
  private static let depthLimit = 8
  private static let attributeLimit = 100

  private var elements: [FileDescription.Element] = []
  private var addresses: Set<UInt64> = []
  private var attributeReader: AttributeReader
  private let bytes: FileReader
  private let variableText: Bool

  /// The file's size is the bound for every size that it states.
  private var byteCount: Int { bytes.count }

  /// - Parameters:
  ///   - bytes: the same file, for what the library is not trusted with.
  ///   - variableText: whether text may be of variable length.
  static func describe(
    _ file: borrowing HDF5File, _ bytes: FileReader, _ superblock: Superblock, variableText: Bool
  ) throws(StoreError) -> FileDescription {
    var reader = StructureReader(bytes, variableText: variableText)
    try reader.visit("/", at: superblock.rootAddress, in: file, depth: 0)
    return FileDescription(path: file.path, byteCount: bytes.count, elements: reader.elements)
  }

  private init(_ bytes: FileReader, variableText: Bool) {
    (self.bytes, self.variableText) = (bytes, variableText)
    attributeReader = AttributeReader(bytes, variableText: variableText)
  }

  private mutating func visit(
    _ element: String, at address: UInt64, in file: borrowing HDF5File, depth: Int
  ) throws(StoreError) {
    let place = file.place(element)
    guard depth <= Self.depthLimit, elements.count < Self.elementLimit else {
      throw place.malformed(
        "size of the tree", expected: "\(Self.elementLimit) elements, \(Self.depthLimit) levels",
        actual: "more")
    }
    guard addresses.insert(address).inserted else { throw place.refused("a second link to one object") }
    let header = try ObjectHeader(at: address, in: bytes, place: place)
    let object = try file.openObject(element)
    let id = object.id
    var info = sextant_h5_object()
    try HDF5.call(place, "describe") { unsafe sextant_h5_describe(id, &info) }
    guard info.address == address else {
      throw place.malformed("address", expected: "\(address)", actual: "\(info.address)")
    }
    guard info.attributes <= Self.attributeLimit else {
      throw place.malformed(
        "attributes", expected: "at most \(Self.attributeLimit)", actual: "\(info.attributes)")
    }
    let attributes = try attributeReader.attributes(
      of: object, count: Int(info.attributes), header: header, place: place)
    if info.is_group != 0 {
      elements.append(.init(path: element, type: nil, shape: [], attributes: attributes, elementBytes: 0))
      for (name, address) in try links(of: object, place: place) {
        try visit(place.child(name).element, at: address, in: file, depth: depth + 1)
      }
    } else if info.is_dataset != 0 {
      let (type, shape, bytes) = try layout(of: object, place: place)
      // With the properties comes the fill value, which the library would look for in a heap.
      if type != TextType.variable { try checkChunks(of: object, place: place) }
      elements.append(
        .init(path: element, type: type, shape: shape, attributes: attributes, elementBytes: bytes))
    } else {
      throw place.refused("an object that is neither a group nor a dataset")
    }
  }

  /// Names of a group's members and where their headers are, after making sure that they are no pointers elsewhere.
  private func links(
    of group: borrowing Handle, place: Place
  ) throws(StoreError) -> [(name: String, address: UInt64)] {
    let id = group.id
    var info = H5G_info_t()
    try HDF5.call(place, "list") { unsafe H5Gget_info(id, &info) }
    guard info.nlinks <= Self.elementLimit else {
      throw place.malformed("members", expected: "at most \(Self.elementLimit)", actual: "\(info.nlinks)")
    }
    var links: [(name: String, address: UInt64)] = []
    for index in 0..<info.nlinks {
      let name = try unsafe place.readName {
        unsafe H5Lget_name_by_idx(
          id, ".", H5_INDEX_NAME, H5_ITER_INC, index, $0, $1, sextant_h5p_default())
      }
      guard !name.isEmpty, name != ".", !name.contains("/") else {
        throw place.malformed("name of member \(index)", expected: "a plain name", actual: "\"\(name)\"")
      }
      var address: UInt64 = 0
      let kind = try HDF5.call(place.child(name), "read the link") {
        unsafe sextant_h5_link(id, name, &address)
      }
      guard kind == 0 else { throw place.child(name).refused("a soft or external link") }
      links.append((name, address))
    }
    return links
  }

  /// The library reads whole chunks: one must fit into the file.
  private func checkChunks(of dataset: borrowing Handle, place: Place) throws(StoreError) {
    let id = dataset.id
    let properties = try Handle.open(place, "read properties") { H5Dget_create_plist(id) }
    let list = properties.id
    let layout = H5D_layout_t(try HDF5.call(place, "read the layout") { H5Pget_layout(list).rawValue })
    guard layout == H5D_CHUNKED else { return }
    var chunk = [hsize_t](repeating: 0, count: 32)
    let rank = try HDF5.call(place, "read the chunks") { unsafe H5Pget_chunk(list, 32, &chunk) }
    let type = try Handle.open(place, "open the type") { H5Dget_type(id) }
    var bytes = UInt64(try HDF5.call(place, "read the type's size") { H5Tget_size(type.id) })
    for dimension in chunk.prefix(Int(rank)) {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      guard !overflow, product <= UInt64(byteCount) else {
        throw place.malformed(
          "chunks", expected: "at most the file's \(byteCount) bytes",
          actual: "\(chunk.prefix(Int(rank)).map { $0 })")
      }
      bytes = product
    }
  }

  private func layout(
    of dataset: borrowing Handle, place: Place
  ) throws(StoreError) -> (type: String, shape: [Int], bytes: Int) {
    let id = dataset.id
    let type = try Handle.open(place, "open the type") { H5Dget_type(id) }
    var found: (name: String, bytes: Int)?
    try HDF5.call(place, "read the type") {
      found = numberType(of: type.id)
      return 0
    }
    guard let found else {
      throw place.malformed("type", expected: "F32, F16, I32, I64, U8 or text", actual: "another type")
    }
    guard found.name != TextType.variable || variableText else { throw place.refused(TextType.variable) }
    let space = try Handle.open(place, "open the dataspace") { H5Dget_space(id) }
    let rank = Int(try HDF5.call(place, "count dimensions") { H5Sget_simple_extent_ndims(space.id) })
    let isNull = try HDF5.call(place, "read the shape") { H5Sget_simple_extent_type(space.id).rawValue }
    guard rank <= 2, isNull != H5S_NULL.rawValue else {
      throw place.malformed("dimensions", expected: "0, 1 or 2", actual: "\(rank)")
    }
    var dimensions: [hsize_t] = [0, 0]
    try HDF5.call(place, "read dimensions") {
      unsafe H5Sget_simple_extent_dims(space.id, &dimensions, nil)
    }
    let shape = dimensions.prefix(rank)
    var bytes = UInt64(found.bytes)
    for dimension in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      guard !overflow, product <= UInt64(byteCount), dimension <= UInt64(Int32.max) else {
        throw place.malformed(
          "shape \(Array(shape)) of \(found.bytes)-byte elements",
          expected: "at most the file's \(byteCount) bytes", actual: "more")
      }
      bytes = product
    }
    // One element must fit as well: a single value has no dimensions.
    guard bytes <= UInt64(byteCount) else {
      throw place.malformed("element", expected: "at most the file's \(byteCount) bytes", actual: "\(bytes)")
    }
    guard ![TextType.fixed, TextType.variable].contains(found.name) || rank <= 1 else {
      throw place.malformed("dimensions of text", expected: "0 or 1", actual: "\(rank)")
    }
    return (found.name, shape.map { Int($0) }, found.bytes)
  }
}
