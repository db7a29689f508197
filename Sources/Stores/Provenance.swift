/// Where the numbers of a store come from.
public struct Provenance: Sendable, Equatable {
  /// The file's or folder's name, without its path.
  public var sourceFile: String
  public var sourceSHA256: String
  /// `llama`, `qwen2`, `gemma3`, …
  public var architecture: String
  /// Element types of the source, such as `Q4_K_M (F32 Q4_K Q6_K)`.
  public var quantisation: String
  public var modelName: String
  /// SHA-256 over the tokens' forms, bytes and kinds, in order: equal vocabularies have equal hashes.
  public var tokenizerSHA256: String
  public var toolVersion: String
  /// When the file was written, ISO 8601 in UTC.
  public var date: String

  public init(
    sourceFile: String, sourceSHA256: String, architecture: String, quantisation: String,
    modelName: String, tokenizerSHA256: String, toolVersion: String, date: String
  ) {
    self.sourceFile = sourceFile
    self.sourceSHA256 = sourceSHA256
    self.architecture = architecture
    self.quantisation = quantisation
    self.modelName = modelName
    self.tokenizerSHA256 = tokenizerSHA256
    self.toolVersion = toolVersion
    self.date = date
  }
}

extension Provenance {
  private static let fields: [(String, any WritableKeyPath<Provenance, String> & Sendable)] = [
    ("source-file", \.sourceFile), ("source-sha256", \.sourceSHA256), ("architecture", \.architecture),
    ("quantisation", \.quantisation), ("model-name", \.modelName),
    ("tokenizer-sha256", \.tokenizerSHA256), ("tool-version", \.toolVersion), ("date", \.date),
  ]
  private static let element = "/provenance"

  func write(to builder: borrowing StoreBuilder) throws(StoreError) {
    try builder.group(Self.element)
    for (name, field) in Self.fields {
      try builder.set(name, of: Self.element, to: .text(self[keyPath: field]))
    }
  }

  init(from reader: StoreReader) throws(StoreError) {
    self.init(
      sourceFile: "", sourceSHA256: "", architecture: "", quantisation: "", modelName: "",
      tokenizerSHA256: "", toolVersion: "", date: "")
    for (name, field) in Self.fields { self[keyPath: field] = try reader.text(Self.element, name) }
  }
}
