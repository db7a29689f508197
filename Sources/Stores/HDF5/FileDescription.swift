import CHDF5
import Foundation

/// What is in one of our files: every element with its shape, type and attributes.
///
/// Making one checks the structure: a file that could reach outside itself or run foreign code is refused.
public struct FileDescription: Sendable, Equatable {
  /// A group or a dataset.
  public struct Element: Sendable, Equatable {
    /// From the root: `/tokens/form`; the root is `/`.
    public let path: String
    /// `F32`, `I32`, `I64`, `U8`, `text`; `nil` for a group.
    public let type: String?
    /// Rows first; empty for a group and for a single value.
    public let shape: [Int]
    public let attributes: [String: AttributeValue]
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
      lines.append(indent + ([name] + [element.type, shape].compactMap { $0 }).joined(separator: "  "))
      for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
        lines.append(indent + "  @\(name) = \(value)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// Walks a file once, within limits that no file of ours comes near.
struct StructureReader: ~Copyable {
  private static let elementLimit = 1000
  private static let depthLimit = 8
  private static let attributeLimit = 100

  private var elements: [FileDescription.Element] = []
  private var addresses: Set<UInt64> = []
  private let byteCount: Int

  /// - Parameter byteCount: size of the file, the bound for every size that it states.
  static func describe(
    _ file: borrowing HDF5File, byteCount: Int
  ) throws(StoreError) -> FileDescription {
    var reader = StructureReader(byteCount: byteCount)
    try reader.visit("/", in: file, depth: 0)
    return FileDescription(path: file.path, byteCount: byteCount, elements: reader.elements)
  }

  private init(byteCount: Int) { self.byteCount = byteCount }

  private mutating func visit(
    _ element: String, in file: borrowing HDF5File, depth: Int
  ) throws(StoreError) {
    let place = file.place(element)
    guard depth <= Self.depthLimit, elements.count < Self.elementLimit else {
      throw place.malformed(
        "size of the tree", expected: "\(Self.elementLimit) elements, \(Self.depthLimit) levels",
        actual: "more")
    }
    let object = try file.openObject(element)
    let id = object.id
    var info = sextant_h5_object()
    try HDF5.call(place, "describe") { unsafe sextant_h5_describe(id, &info) }
    guard addresses.insert(info.address).inserted else { throw place.refused("a second link to one object") }
    guard info.attributes <= Self.attributeLimit else {
      throw place.malformed(
        "attributes", expected: "at most \(Self.attributeLimit)", actual: "\(info.attributes)")
    }
    let attributes = try file.attributes(of: object, count: Int(info.attributes), element: element)
    if info.is_group != 0 {
      elements.append(.init(path: element, type: nil, shape: [], attributes: attributes))
      for name in try linkNames(of: object, place: place) {
        try visit(place.child(name).element, in: file, depth: depth + 1)
      }
    } else if info.is_dataset != 0 {
      try checkStorage(of: object, place: place)
      let (type, shape) = try layout(of: object, place: place)
      elements.append(.init(path: element, type: type, shape: shape, attributes: attributes))
    } else {
      throw place.refused("an object that is neither a group nor a dataset")
    }
  }

  /// Names of a group's members, after making sure that they are members and no pointers elsewhere.
  private func linkNames(of group: borrowing Handle, place: Place) throws(StoreError) -> [String] {
    let id = group.id
    var info = H5G_info_t()
    try HDF5.call(place, "list") { unsafe H5Gget_info(id, &info) }
    guard info.nlinks <= Self.elementLimit else {
      throw place.malformed("members", expected: "at most \(Self.elementLimit)", actual: "\(info.nlinks)")
    }
    var names: [String] = []
    for index in 0..<info.nlinks {
      let name = try unsafe place.readName {
        unsafe H5Lget_name_by_idx(
          id, ".", H5_INDEX_NAME, H5_ITER_INC, index, $0, $1, sextant_h5p_default())
      }
      guard !name.isEmpty, name != ".", !name.contains("/") else {
        throw place.malformed("name of member \(index)", expected: "a plain name", actual: "\"\(name)\"")
      }
      let kind = try HDF5.call(place.child(name), "read the link") { unsafe sextant_h5_link_kind(id, name) }
      guard kind == 0 else { throw place.child(name).refused("a soft or external link") }
      names.append(name)
    }
    return names
  }

  private func checkStorage(of dataset: borrowing Handle, place: Place) throws(StoreError) {
    let id = dataset.id
    let properties = try Handle.open(place, "read properties") { H5Dget_create_plist(id) }
    let layout = H5D_layout_t(
      try HDF5.call(place, "read the layout") { H5Pget_layout(properties.id).rawValue })
    guard layout != H5D_VIRTUAL else { throw place.refused("a virtual dataset") }
    let external = try HDF5.call(place, "read properties") { H5Pget_external_count(properties.id) }
    guard external == 0 else { throw place.refused("a dataset whose bytes are in another file") }
    let filters = try HDF5.call(place, "read the filters") { H5Pget_nfilters(properties.id) }
    guard filters == 0 else { throw place.refused("a filter (compression, checksum or other)") }
  }

  private func layout(
    of dataset: borrowing Handle, place: Place
  ) throws(StoreError) -> (type: String, shape: [Int]) {
    let id = dataset.id
    let type = try Handle.open(place, "open the type") { H5Dget_type(id) }
    var found: (name: String, bytes: Int)?
    try HDF5.call(place, "read the type") {
      found = numberType(of: type.id)
      return 0
    }
    guard let found else {
      throw place.malformed("type", expected: "F32, I32, I64, U8 or text", actual: "another type")
    }
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
    return (found.name, shape.map { Int($0) })
  }
}
