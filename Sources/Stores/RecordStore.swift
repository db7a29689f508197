/// A file of what was made for one language model, opened whole and never changed.
public struct RecordStore<Record: ModelRecord>: Sendable {
  public let record: Record
  /// SHA-256 over the content, 64 hexadecimal digits.
  public let identity: String
  /// The file's tree, to be shown.
  public let fileDescription: FileDescription

  public var path: String { fileDescription.path }

  /// - Parameter read: makes the record of the opened file.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  static func open(
    _ path: String, as encoding: Encoding, _ read: (StoreReader) throws(StoreError) -> Record
  ) throws(StoreError) -> Self {
    let reader = try StoreReader(path: path, expecting: encoding, allowUnsealed: false)
    return Self(record: try read(reader), identity: reader.identity, fileDescription: reader.description)
  }

  /// - Parameter model: its name and the SHA-256 of its checkpoint.
  /// - Throws: `StoreError.misfit` where it was made for another model.
  public func requireFit(model: StoreReference) throws(StoreError) {
    guard record.model.identity == model.identity else {
      throw .misfit(
        path: path, what: "the language model (\(record.model.name), given \(model.name))",
        expected: "SHA-256 \(record.model.identity)", actual: model.identity, hint: Record.remedy)
    }
  }
}

/// What was made for one language model.
public protocol ModelRecord: Sendable {
  /// The model's name and the SHA-256 of its checkpoint.
  var model: StoreReference { get }
  /// What to do with a file of another model.
  static var remedy: String { get }
}
