import CHDF5

extension HDF5File {
  /// Writes text of variable length, UTF-8: a list, or one string where `shape` is empty.
  func write(strings: [String], shape: [Int], element: String) throws(StoreError) -> Handle {
    let place = place(element)
    let type = try Handle.open(place, "create the text type") { sextant_h5t_text() }
    let dataset = try createDataset(element, type: type, shape: shape)
    let text = try TerminatedStrings(strings, place: place)
    guard !strings.isEmpty else { return dataset }
    let id = dataset.id
    try unsafe text.withPointers { pointers throws(StoreError) in
      try HDF5.call(place, "write") {
        unsafe H5Dwrite(
          id, type.id, sextant_h5s_all(), sextant_h5s_all(), sextant_h5p_default(),
          pointers.baseAddress)
      }
    }
    return dataset
  }

  /// Reads text of variable length; the strings together may take no more than `byteLimit` bytes.
  func readStrings(_ element: String, count: Int, byteLimit: Int) throws(StoreError) -> [String] {
    let place = place(element)
    guard count > 0 else { return [] }
    let dataset = try openDataset(element)
    let type = try Handle.open(place, "open the type") { H5Dget_type(dataset.id) }
    let space = try Handle.open(place, "open the dataspace") { H5Dget_space(dataset.id) }
    let transfer = try Handle.open(place, "create properties") {
      H5Pcreate(sextant_h5p_dataset_xfer())
    }
    var left = byteLimit
    var pointers = unsafe [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    return try unsafe withUnsafeMutablePointer(to: &left) { left throws(StoreError) in
      try HDF5.call(place, "limit memory") { unsafe sextant_h5_limit_strings(transfer.id, left) }
      defer {
        HDF5.silently { unsafe _ = sextant_h5_reclaim(type.id, space.id, transfer.id, &pointers) }
      }
      try HDF5.call(place, "read text") {
        unsafe H5Dread(
          dataset.id, type.id, sextant_h5s_all(), sextant_h5s_all(), transfer.id, &pointers)
      }
      var strings: [String] = []
      strings.reserveCapacity(count)
      for index in 0..<count {
        strings.append(try unsafe string(pointers[index], index: index, place: place))
      }
      return strings
    }
  }

  private func string(
    _ pointer: UnsafeMutablePointer<CChar>?, index: Int, place: Place
  ) throws(StoreError) -> String {
    guard let pointer = unsafe pointer else { return "" }
    guard let text = unsafe String(validatingCString: pointer) else {
      throw place.malformed("text \(index)", expected: "valid UTF-8", actual: "other bytes")
    }
    return text
  }
}

/// Strings as C wants them: bytes that end in zero, and a pointer to each.
struct TerminatedStrings {
  private var bytes: [CChar] = []
  private var starts: [Int] = []

  /// - Throws: when a string contains U+0000, which HDF5's text cannot hold.
  init(_ strings: [String], place: Place) throws(StoreError) {
    starts.reserveCapacity(strings.count)
    for (index, string) in strings.enumerated() {
      starts.append(bytes.count)
      for byte in string.utf8 {
        guard byte != 0 else {
          throw place.malformed("text \(index)", expected: "no U+0000", actual: "U+0000")
        }
        bytes.append(CChar(bitPattern: byte))
      }
      bytes.append(0)
    }
  }

  @discardableResult
  func withPointers<Result>(
    _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try unsafe bytes.withUnsafeBufferPointer { bytes throws(StoreError) in
      let pointers = unsafe starts.map { start -> UnsafePointer<CChar>? in
        unsafe bytes.baseAddress.map { unsafe $0 + start }
      }
      return try unsafe pointers.withUnsafeBufferPointer(body)
    }
  }
}
