public import Tensors

/// How the numbers of a file of activations are kept.
public enum ActivationPrecision: String, Sendable, CaseIterable, Codable {
  case f32
  case f16

  /// As HDF5 descriptions and safetensors name it.
  var typeName: String {
    switch self {
    case .f32: Float.typeName
    case .f16: Half.typeName
    }
  }

  var byteCount: Int {
    switch self {
    case .f32: 4
    case .f16: 2
    }
  }
}

/// What a file of activations says of itself: of which model and which prompts its numbers are, and how they lie.
public struct ActivationRecord: Sendable, Equatable, Codable {
  public var model: String
  /// Of the checkpoint's file or files.
  public var modelSHA256: String
  public var tokenizerSHA256: String
  /// Whether each prompt was put through the model's chat template as a user's message.
  public var usesChatTemplate: Bool
  /// `all`: a row a token; `last` or `mean`: a row a prompt; `text`: a vector of a text, as encoders make them.
  public var positions: String
  public var precision: ActivationPrecision
  /// How the model multiplied; files that do not say are of f32.
  public var arithmetic: Arithmetic?
  /// What was recorded, such as `residualPost/12`: site and block, in the order that was asked for.
  public var points: [String]
  /// d_model.
  public var width: Int
  public var promptCount: Int
  public var tokenCount: Int
  /// Bytes of all prompts together.
  public var textByteCount: Int
  /// SHA-256 over the prompts, each as UTF-8 and a zero byte.
  public var promptsSHA256: String
  public var toolVersion: String

  public init(
    model: String, modelSHA256: String, tokenizerSHA256: String, usesChatTemplate: Bool, positions: String,
    precision: ActivationPrecision, arithmetic: Arithmetic = .f32, points: [String], width: Int,
    promptCount: Int, tokenCount: Int,
    textByteCount: Int, promptsSHA256: String, toolVersion: String
  ) {
    (self.model, self.modelSHA256, self.tokenizerSHA256) = (model, modelSHA256, tokenizerSHA256)
    (self.usesChatTemplate, self.positions, self.precision) = (usesChatTemplate, positions, precision)
    self.arithmetic = arithmetic
    (self.points, self.width, self.promptCount) = (points, width, promptCount)
    (self.tokenCount, self.textByteCount) = (tokenCount, textByteCount)
    (self.promptsSHA256, self.toolVersion) = (promptsSHA256, toolVersion)
  }

  /// Rows of each point's matrix.
  public var rowCount: Int { positions == "all" ? tokenCount : promptCount }

  /// Holds what another file says of itself against this record, but for the prompts.
  /// - Throws: `StoreError.misfit` naming what differs.
  func requireSettings(of other: ActivationRecord, path: String, hint: String) throws(StoreError) {
    let pairs = [
      ("model", "\(model), SHA-256 \(modelSHA256)", "\(other.model), SHA-256 \(other.modelSHA256)"),
      ("tokenizer", tokenizerSHA256, other.tokenizerSHA256),
      ("chat template", "\(usesChatTemplate)", "\(other.usesChatTemplate)"),
      ("positions", positions, other.positions), ("dtype", precision.rawValue, other.precision.rawValue),
      ("arithmetic", (arithmetic ?? .f32).rawValue, (other.arithmetic ?? .f32).rawValue),
      ("sites and layers", points.joined(separator: " "), other.points.joined(separator: " ")),
      ("d_model", "\(width)", "\(other.width)"),
    ]
    for (index, (what, expected, actual)) in pairs.enumerated() where expected != actual {
      // One file under two names is one model.
      if index == 0, modelSHA256 == other.modelSHA256 { continue }
      throw .misfit(path: path, what: what, expected: expected, actual: actual, hint: hint)
    }
  }

  /// The same for the prompts.
  func requirePrompts(of other: ActivationRecord, path: String, hint: String) throws(StoreError) {
    guard (promptCount, promptsSHA256) == (other.promptCount, other.promptsSHA256) else {
      throw .misfit(
        path: path, what: "prompts", expected: "\(promptCount), SHA-256 \(promptsSHA256)",
        actual: "\(other.promptCount), SHA-256 \(other.promptsSHA256)", hint: hint)
    }
  }
}

extension ActivationRecord {
  static let source = "/source"
  static let tokens = "/tokens"
  static let prompts = "/prompts"

  /// The settings as attributes of the group `source`.
  var attributes: [(name: String, value: AttributeValue)] {
    [
      ("model", .text(model)), ("model-sha256", .text(modelSHA256)),
      ("tokenizer-sha256", .text(tokenizerSHA256)), ("chat-template", .integer(usesChatTemplate ? 1 : 0)),
      ("positions", .text(positions)), ("arithmetic", .text((arithmetic ?? .f32).rawValue)),
      ("points", .text(points.joined(separator: " "))),
    ]
  }

  /// - Throws: `StoreError` where shapes do not belong together.
  init(from reader: StoreReader) throws(StoreError) {
    let source = Self.source
    let points = try reader.text(source, "points").split(separator: " ").map(String.init)
    let positions = try reader.text(source, "positions")
    let tokens = try reader.shape(of: Self.tokens + "/id", type: Int32.typeName, rank: 1)[0]
    let offsets = try reader.shape(of: Self.tokens + "/offset", type: Int64.typeName, rank: 1)[0]
    let prompts = try reader.textCount(Self.prompts)
    let bytes = try reader.shape(of: Self.prompts + "/data", type: UInt8.typeName, rank: 1)[0]
    guard ["all", "last", "mean", "text"].contains(positions) else {
      throw reader.place(source + "@positions").malformed(
        "attribute", expected: "all, last, mean or text", actual: positions)
    }
    guard let first = points.first, let type = reader.description.element("/" + first)?.type,
      let precision = ActivationPrecision.allCases.first(where: { $0.typeName == type })
    else {
      throw reader.place(source + "@points").malformed(
        "attribute", expected: "names of F32 or F16 matrices", actual: points.joined(separator: " "))
    }
    let word = try reader.textIfThere(source, "arithmetic") ?? Arithmetic.f32.rawValue
    guard let arithmetic = Arithmetic(rawValue: word) else {
      throw reader.place(source + "@arithmetic").malformed(
        "attribute", expected: Arithmetic.allCases.map(\.rawValue).joined(separator: " or "), actual: word)
    }
    let width = try reader.shape(of: "/" + first, type: type, rank: 2)[1]
    guard offsets == prompts + 1 else {
      throw reader.place(Self.tokens + "/offset").malformed(
        "length", expected: "\(prompts + 1)", actual: "\(offsets)")
    }
    self.init(
      model: try reader.text(source, "model"), modelSHA256: try reader.text(source, "model-sha256"),
      tokenizerSHA256: try reader.text(source, "tokenizer-sha256"),
      usesChatTemplate: try reader.integer(source, "chat-template") != 0, positions: positions,
      precision: precision, arithmetic: arithmetic, points: points, width: width, promptCount: prompts,
      tokenCount: tokens,
      textByteCount: bytes, promptsSHA256: try reader.text(Self.prompts, StoreReader.digestKey),
      toolVersion: try reader.text("/", StoreBuilder.writerKey))
    for point in points {
      let shape = try reader.shape(of: "/" + point, type: type, rank: 2)
      guard shape == [rowCount, width] else {
        throw reader.place("/" + point).malformed(
          "shape", expected: "\([rowCount, width])", actual: "\(shape)")
      }
    }
  }
}
