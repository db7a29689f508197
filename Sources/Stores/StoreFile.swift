/// Any of our HDF5 files, when the caller does not know or care which.
public enum StoreFile {
  /// The tree of a file, for `sextant inspect`.
  /// - Throws: `StoreError` when the file is damaged, of an unknown version or refused.
  public static func inspect(
    _ path: String, allowUnsealed: Bool = false
  ) throws(StoreError) -> FileDescription {
    try StoreReader(path: path, allowUnsealed: allowUnsealed).description
  }

  /// Checks a file against the digests in it, and that it can be read as what it says it is.
  ///
  /// Cost: one pass over the file.
  /// - Returns: the file's description.
  /// - Throws: `StoreError` naming the first element that is not as it was written.
  @discardableResult
  public static func verify(_ path: String) throws(StoreError) -> FileDescription {
    let reader = try StoreReader(path: path, allowUnsealed: false)
    if let kind = kind(of: reader) {
      _ = try kind.init(from: reader)
      try reader.verify()
    } else if reader.encoding.type == Encoding.activations.type {
      try ActivationStore(reader).verify()
    } else {
      try EmbeddingStore(reader: reader).verify()
    }
    return reader.description
  }

  /// Writes a file anew in the present format, also one that has lost its seal.
  ///
  /// Every content is held against the digest that stands in the file, and the new file against the old one before it is put
  /// in place: it has the same elements and the same identity; attributes that the format does not have are left out. The
  /// digests and the provenance themselves are trusted, with or without a seal, and anyone can write those: a converted file
  /// is whole, which does not make it genuine.
  /// - Parameter output: where to; the file itself is replaced when it is the same path.
  /// - Throws: `StoreError` as for opening and verifying; `.malformed` naming elements that the format does not have, which
  ///   would be lost; `.exists` for another map, graph or lens that is there already.
  public static func convert(_ path: String, to output: String) throws(StoreError) {
    let reader = try StoreReader(path: path, allowUnsealed: true)
    try reader.verifyContents()
    if let kind = kind(of: reader) {
      try kind.init(from: reader).write(to: output, convertedFrom: reader)
    } else if reader.encoding.type == Encoding.activations.type {
      try ActivationStore(reader).write(to: output)
    } else {
      try EmbeddingStore(reader: reader).content().write(to: output, convertedFrom: reader)
    }
  }

  /// What a file is read as whole; nil for those that are larger than memory may be.
  private static func kind(of reader: StoreReader) -> (any StoreRecord.Type)? {
    let kinds: [any StoreRecord.Type] = [
      AlignmentRecord.self, NeighbourRecord.self, LensRecord.self, TokenTable.self, TrainingCheckpoint.self,
      Domain.self, ElmRecord.self,
    ]
    return kinds.first { $0.encoding.type == reader.encoding.type }
  }
}

/// What a file holds, read whole and written anew.
private protocol StoreRecord {
  static var encoding: Encoding { get }
  init(from reader: StoreReader) throws(StoreError)
  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError)
}

extension AlignmentRecord: StoreRecord { static var encoding: Encoding { .alignment } }
extension NeighbourRecord: StoreRecord { static var encoding: Encoding { .neighbours } }
extension LensRecord: StoreRecord { static var encoding: Encoding { .lens } }
extension TokenTable: StoreRecord { static var encoding: Encoding { .tokens } }
extension TrainingCheckpoint: StoreRecord { static var encoding: Encoding { .training } }
extension Domain: StoreRecord { static var encoding: Encoding { .domain } }
extension ElmRecord: StoreRecord { static var encoding: Encoding { .elm } }
