import CHDF5
import Files

/// An HDF5 file, open for reading or for writing its first and only time.
struct HDF5File: ~Copyable, Sendable {
  let path: String
  let handle: Handle
  /// Whether this is a file in the making.
  let isOutput: Bool

  var place: Place { place("/") }

  func place(_ element: String) -> Place { Place(path: path, element: element, isOutput: isOutput) }

  /// Opens a file for reading; it stays usable when a writer puts another file in its place.
  static func open(path: String) throws(StoreError) -> HDF5File {
    let place = Place(path: path, element: "/")
    let access = try accessProperties(place)
    let handle = try Handle.open(place, "open") {
      unsafe H5Fopen(path, sextant_h5f_acc_rdonly(), access.id)
    }
    return HDF5File(path: path, handle: handle, isOutput: false)
  }

  /// Creates a file in the format of HDF5 1.10, the first whose metadata all carry checksums.
  /// - Parameters:
  ///   - name: the file that it is to become, which errors speak of.
  ///   - structureBytes: room that is set aside for all that is not numbers, so that these lie side by side.
  static func create(
    in file: borrowing AtomicFile, for name: String, structureBytes: Int? = nil
  ) throws(StoreError) -> HDF5File {
    let place = Place(path: name, element: "/", isOutput: true)
    let access = try accessProperties(place)
    try HDF5.call(place, "choose the format's version") {
      H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110)
    }
    if let structureBytes {
      try HDF5.call(place, "set room aside") { H5Pset_meta_block_size(access.id, hsize_t(structureBytes)) }
    }
    let creation = try Handle.open(place, "create properties") { H5Pcreate(sextant_h5p_file_create()) }
    // Those of the root: files of equal content are equal.
    try HDF5.call(place, "leave out times") { H5Pset_obj_track_times(creation.id, false) }
    let handle = try file.opened { path throws(StoreError) in
      try Handle.open(place, "create") {
        unsafe H5Fcreate(path, sextant_h5f_acc_trunc(), creation.id, access.id)
      }
    }
    return HDF5File(path: name, handle: handle, isOutput: true)
  }

  private static func accessProperties(_ place: Place) throws(StoreError) -> Handle {
    let access = try Handle.open(place, "create properties") { H5Pcreate(sextant_h5p_file_access()) }
    try HDF5.call(place, "set the closing order") { H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG) }
    // Readers need no lock: writers replace files, never change them.
    try HDF5.call(place, "turn off file locks") { H5Pset_file_locking(access.id, false, true) }
    return access
  }

  /// Writes everything out and closes.
  consuming func close() throws(StoreError) {
    let place = place
    try HDF5.call(place, "flush") { H5Fflush(handle.id, H5F_SCOPE_GLOBAL) }
    try handle.close(place)
  }

  // MARK: - Elements

  /// States what an element is, and the digest of its content.
  func mark(_ element: String, _ encoding: Encoding, digest: String? = nil) throws(StoreError) {
    try setAttribute(Encoding.typeKey, of: element, to: .text(encoding.type))
    try setAttribute(Encoding.versionKey, of: element, to: .text(encoding.version))
    if let digest { try setAttribute(StoreReader.digestKey, of: element, to: .text(digest)) }
  }

  func createGroup(_ element: String) throws(StoreError) {
    let properties = try Handle.open(place(element), "create properties") {
      H5Pcreate(sextant_h5p_group_create())
    }
    try HDF5.call(place(element), "leave out times") { H5Pset_obj_track_times(properties.id, false) }
    _ = try Handle.open(place(element), "create the group") {
      unsafe H5Gcreate2(
        handle.id, element, sextant_h5p_default(), properties.id, sextant_h5p_default())
    }
  }

  func openObject(_ element: String) throws(StoreError) -> Handle {
    try Handle.open(place(element), "open") {
      unsafe H5Oopen(handle.id, element, sextant_h5p_default())
    }
  }

  func openDataset(_ element: String) throws(StoreError) -> Handle {
    try Handle.open(place(element), "open") {
      unsafe H5Dopen2(handle.id, element, sextant_h5p_default())
    }
  }
}
