import Files

/// Where the arrays of files lie whose sizes are known before their numbers are, and the bytes around them.
///
/// The layout is the same whatever the digests are, which are known last: so rows are written where they belong as soon as
/// they are computed, and what a killed writer has left is in its place.
struct ArrayLayout {
  /// One file of them.
  struct File {
    let path: String
    /// Headers and whatever else is not numbers.
    let frame: [(offset: Int, bytes: [UInt8])]
    let byteCount: Int
    /// Runs of bytes that hold arrays.
    var arrays: [Extent] = []
    /// Whether a seal is set behind its end.
    var isSealed = false
  }

  struct Place {
    let file: Int
    let offset: Int
  }

  var files: [File]
  var places: [String: Place]
}

/// Digests by the names of arrays.
typealias ArrayDigests = [String: String]

extension ArrayDigests {
  /// That of an array; one that is not known yet takes the same room.
  func digest(of array: String) -> String { self[array] ?? String(repeating: "0", count: 64) }
}

/// The kinds of files that activations are written to.
public enum ActivationFormat: String, Sendable, CaseIterable {
  case h5
  case safetensors
  case npy

  /// That of a file of this name; nil for another ending.
  public init?(path: String) {
    guard let format = Self.allCases.first(where: { path.hasSuffix("." + $0.rawValue) }) else { return nil }
    self = format
  }

  /// The arrays beside the states.
  enum Part {
    static let token = "tokens/id"
    static let tokenOffset = "tokens/offset"
    static let text = "prompts/data"
    static let textOffset = "prompts/offset"
    /// That of the texts, not of their bytes.
    static let texts = "prompts"
    static let all = [textOffset, tokenOffset, token, text]
  }

  func layout(
    _ record: ActivationRecord, path: String, digests: ArrayDigests = [:]
  ) throws(StoreError) -> ArrayLayout {
    switch self {
    case .h5: try HDF5Layout(record, digests).layout(path)
    case .safetensors: try SafetensorsLayout(record, digests).layout(path)
    case .npy: NumpyLayout(record).layout(path)
    }
  }
}

extension ActivationRecord {
  /// An array's type as safetensors names it, bytes of a number, and shape.
  func array(_ name: String) -> (type: String, byteCount: Int, shape: [Int]) {
    switch name {
    case ActivationFormat.Part.token: ("I32", 4, [tokenCount])
    case ActivationFormat.Part.tokenOffset, ActivationFormat.Part.textOffset: ("I64", 8, [promptCount + 1])
    case ActivationFormat.Part.text: ("U8", 1, [textByteCount])
    default: (precision.typeName, precision.byteCount, [rowCount, width])
    }
  }
}
