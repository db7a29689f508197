import CHDF5
import Tensors

extension HDF5File {
  /// A new dataset; `chunkRows` splits a matrix into chunks of that many rows, and `grows` lets other tools add rows.
  ///
  /// Storage is taken at once and in order, so the chunks of a matrix lie one after the other.
  func createDataset(
    _ element: String, type: borrowing Handle, shape: [Int], chunkRows: Int? = nil, grows: Bool = false
  ) throws(StoreError) -> Handle {
    let place = place(element)
    let properties = try Handle.open(place, "create properties") {
      H5Pcreate(sextant_h5p_dataset_create())
    }
    try HDF5.call(place, "leave out times") { H5Pset_obj_track_times(properties.id, false) }
    if let chunkRows, !shape.contains(0) {
      let chunk = [hsize_t(chunkRows)] + shape.dropFirst().map { hsize_t($0) }
      try HDF5.call(place, "choose chunks") {
        unsafe H5Pset_chunk(properties.id, CInt(chunk.count), chunk)
      }
      try HDF5.call(place, "take storage") {
        H5Pset_alloc_time(properties.id, H5D_ALLOC_TIME_EARLY)
      }
      try HDF5.call(place, "leave storage unfilled") {
        H5Pset_fill_time(properties.id, H5D_FILL_TIME_NEVER)
      }
    }
    let space = try dataspace(place, shape: shape, grows: grows)
    let (file, type) = (handle.id, type.id)
    return try Handle.open(place, "create the dataset") {
      unsafe H5Dcreate2(
        file, element, type, space.id, sextant_h5p_default(), properties.id, sextant_h5p_default())
    }
  }

  /// A new dataset of numbers.
  func createDataset<Element: HDF5Number>(
    _ element: String, of: Element.Type, shape: [Int], chunkRows: Int? = nil, grows: Bool = false
  ) throws(StoreError) -> Handle {
    let type = try Handle.open(place(element), "copy a type") { H5Tcopy(Element.fileType()) }
    return try createDataset(element, type: type, shape: shape, chunkRows: chunkRows, grows: grows)
  }

  private func dataspace(_ place: Place, shape: [Int], grows: Bool = false) throws(StoreError) -> Handle {
    let dimensions = shape.map { hsize_t($0) }
    let most = (grows ? [sextant_h5s_unlimited()] : Array(dimensions.prefix(1))) + dimensions.dropFirst()
    return try Handle.open(place, "create a dataspace") {
      shape.isEmpty
        ? H5Screate(H5S_SCALAR) : unsafe H5Screate_simple(CInt(dimensions.count), dimensions, most)
    }
  }

  // MARK: - Numbers

  /// Writes rows `firstRow ..< firstRow + elements.count / columns`; a vector has one column.
  func write<Element: HDF5Number>(
    _ elements: [Element], to dataset: borrowing Handle, element: String, firstRow: Int, columns: Int
  ) throws(StoreError) {
    guard !elements.isEmpty else { return }
    let place = place(element)
    let rows = firstRow..<firstRow + elements.count / columns
    let spaces = try select(rows, columns: columns, of: dataset, place: place)
    let (memory, file) = (spaces.memory.id, spaces.file.id)
    let id = dataset.id
    try HDF5.call(place, "write rows \(rows)") {
      unsafe H5Dwrite(
        id, Element.memoryType(), memory, file, sextant_h5p_default(), elements)
    }
  }

  /// Reads whole rows; the caller has checked type and shape against the file's description.
  func read<Element: HDF5Number>(
    _ element: String, of: Element.Type, rows: Range<Int>, columns: Int
  ) throws(StoreError) -> [Element] {
    let place = place(element)
    guard !rows.isEmpty, columns > 0 else { return [] }
    let dataset = try openDataset(element)
    let spaces = try select(rows, columns: columns, of: dataset, place: place)
    let (memory, file) = (spaces.memory.id, spaces.file.id)
    let id = dataset.id
    var failure: StoreError?
    let elements = unsafe [Element](unsafeUninitializedCapacity: rows.count * columns) {
      (buffer, count) in
      do throws(StoreError) {
        try HDF5.call(place, "read rows \(rows)") {
          unsafe H5Dread(
            id, Element.memoryType(), memory, file, sextant_h5p_default(), buffer.baseAddress)
        }
        count = rows.count * columns
      } catch { failure = error }
    }
    if let failure { throw failure }
    return elements
  }

  /// The library writes as many elements as the dataspace has points, so the buffer must be made for those.
  func requirePoints(_ count: Int, of dataset: borrowing Handle, place: Place) throws(StoreError) {
    let id = dataset.id
    let space = try Handle.open(place, "open the dataspace") { H5Dget_space(id) }
    let points = try HDF5.call(place, "count elements") { H5Sget_simple_extent_npoints(space.id) }
    guard points == count else {
      throw place.malformed("elements", expected: "\(count)", actual: "\(points)")
    }
  }

  /// Whole rows of a dataset, as a selection of its space and a space of that size in memory.
  /// - Throws: when the dataspace has other rows than those of `columns` elements.
  private func select(
    _ rows: Range<Int>, columns: Int, of dataset: borrowing Handle, place: Place
  ) throws(StoreError) -> Selection {
    let id = dataset.id
    let file = try Handle.open(place, "open the dataspace") { H5Dget_space(id) }
    let rank = Int(try HDF5.call(place, "count dimensions") { H5Sget_simple_extent_ndims(file.id) })
    var dimensions = [hsize_t](repeating: 0, count: rank)
    try HDF5.call(place, "read dimensions") {
      unsafe H5Sget_simple_extent_dims(file.id, &dimensions, nil)
    }
    let width = dimensions.dropFirst().reduce(hsize_t(1)) {
      $0.multipliedReportingOverflow(by: $1).partialValue
    }
    guard rank >= 1, rank <= 2, width == hsize_t(columns), hsize_t(rows.upperBound) <= dimensions[0] else {
      throw place.malformed(
        "dataspace", expected: "\(rows.upperBound) rows of \(columns)", actual: "\(dimensions)")
    }
    var start = [hsize_t](repeating: 0, count: rank)
    start[0] = hsize_t(rows.lowerBound)
    dimensions[0] = hsize_t(rows.count)
    try HDF5.call(place, "select rows \(rows)") {
      unsafe H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, dimensions, nil)
    }
    let memory = try dataspace(place, shape: dimensions.map { Int($0) })
    return Selection(memory: memory, file: file)
  }

  /// Where a dataset in one piece lies in the file.
  /// - Throws: for one that is not in one piece, or has other bytes.
  func contiguousExtent(of element: String, count: Int) throws(StoreError) -> Extent {
    let place = place(element)
    guard count > 0 else { return Extent(offset: 0, count: 0) }
    let dataset = try openDataset(element)
    var (size, address): (hsize_t, haddr_t) = (0, 0)
    try HDF5.call(place, "locate") {
      (size, address) = (H5Dget_storage_size(dataset.id), H5Dget_offset(dataset.id))
      return 0
    }
    // The address of one in pieces is the greatest number, and no position.
    guard size == count, let offset = Int(exactly: address) else {
      throw place.malformed("layout", expected: "\(count) bytes in one piece", actual: "another")
    }
    return Extent(offset: offset, count: count)
  }

  /// Where the chunks of a matrix lie in the file: (offset, bytes), in the order of the file.
  func chunkExtents(of dataset: borrowing Handle, element: String) throws(StoreError) -> [Extent] {
    let place = place(element)
    let id = dataset.id
    let space = try Handle.open(place, "open the dataspace") { H5Dget_space(id) }
    var count: hsize_t = 0
    try HDF5.call(place, "count chunks") { unsafe H5Dget_num_chunks(id, space.id, &count) }
    var extents: [Extent] = []
    for index in 0..<count {
      var origin: [hsize_t] = [0, 0]
      var (mask, address, bytes): (UInt32, haddr_t, hsize_t) = (0, 0, 0)
      try HDF5.call(place, "locate chunk \(index)") {
        unsafe H5Dget_chunk_info(id, space.id, index, &origin, &mask, &address, &bytes)
      }
      extents.append(Extent(offset: Int(address), count: Int(bytes)))
    }
    return extents.sorted { $0.offset < $1.offset }
  }
}

/// A run of bytes in a file.
struct Extent: Sendable, Equatable {
  var offset: Int
  var count: Int
  var end: Int { offset + count }
}

private struct Selection: ~Copyable {
  let memory: Handle
  let file: Handle
}
