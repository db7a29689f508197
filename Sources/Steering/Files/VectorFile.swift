internal import Checkpoints
internal import Files
internal import Foundation
internal import Tensors
internal import Transformers

/// Our own vector file: safetensors with `direction.<block>` F32 [d_model] and string metadata.
///
/// The metadata say the model with the hashes of its file and its tokens, hook, method, token position, pair count and scale; of a
/// transferred vector the source, the alignment and its hash; of a calibrated one what dose 1 is; of a tested one what
/// came out; of one that another tool wrote how its numbers were taken.
public enum VectorFile {
  static let format = "sextant-steering-vector/1"

  /// Writes one vector; the file appears whole or not at all.
  /// - Throws: `SteeringError.zeroVector` and `.notFinite` for a vector that would do nothing or harm; `.file`.
  public static func write(_ vector: SteeringVector, to path: String) throws(SteeringError) {
    try bytes(of: vector, for: path).write(to: path)
  }

  /// Writes one vector to `STEM.safetensors`, or beside it, with a hash in its name, where another vector stands there.
  /// - Returns: the path; of a vector that is there already, its path.
  /// - Throws: as `write`.
  public static func keep(_ vector: SteeringVector, stem: String) throws(SteeringError) -> String {
    try bytes(of: vector, for: stem).keep(stem: stem, ending: ".safetensors")
  }

  private static func bytes(of vector: SteeringVector, for path: String) throws(SteeringError) -> ByteWriter {
    try vector.requireDirection()
    var metadata = Dictionary(uniqueKeysWithValues: vector.provenance.fields.map { ($0.key, $0.value) })
    metadata["format"] = format
    metadata["hook"] = vector.point.site.rawValue
    metadata["scale"] = "raw"
    let name = "direction.\(vector.point.block)"
    let tensor = (name, [vector.direction.count], vector.direction)
    guard let writer = safetensorsFile(metadata: metadata, [tensor]) else {
      throw .vectorFile(path: path, place: "header", expected: "text metadata", actual: "\(metadata)")
    }
    return writer
  }

  /// Reads the one vector of a file: ours, or a control vector (GGUF) of one block.
  ///
  /// - Parameters: as of `readAll`.
  /// - Throws: as `readAll`; `SteeringError.vectorFile` for a file of several.
  public static func read(
    _ path: String, convention: ControlVectorConvention? = nil, warn: (String) -> Void = { _ in }
  ) throws -> SteeringVector {
    let vectors = try readAll(path, convention: convention, warn: warn)
    guard vectors.count == 1 else {
      throw SteeringError.vectorFile(
        path: path, place: "directions", expected: "one, of one block",
        actual: "those of the blocks \(vectors.map { "\($0.point.block)" }.joined(separator: ", "))")
    }
    return vectors[0]
  }

  /// Reads the vectors of a file: the one of ours, or those of a control vector (GGUF), one a block.
  ///
  /// - Parameters:
  ///   - convention: at which block's output the directions of another tool's control vector were read; `nil` takes it as
  ///     repeng's.
  ///   - warn: is told, in one line, where the convention was needed and not given.
  /// - Throws: `SteeringError.vectorFile` with the place; `.convention` where one is given for a file of ours, which says its
  ///   block itself; `FileError.otherKind` saying what else the file is; what `SafetensorsFile` and `GGUFFile` throw for
  ///   a broken one.
  public static func readAll(
    _ path: String, convention: ControlVectorConvention? = nil, warn: (String) -> Void = { _ in }
  ) throws -> [SteeringVector] {
    let kind = try FileKind(path: path)
    switch kind {
    case .gguf, .controlVector: return try readControlVector(path, convention: convention, warn: warn)
    case .safetensors, .steeringVector, .unknown, .empty:
      let vector = try readOurs(path)
      guard convention == nil else { throw SteeringError.convention(path: path) }
      return [vector]
    default:
      throw FileError.otherKind(
        path: path, expected: "a steering vector (safetensors) or a control vector (GGUF)",
        actual: kind.words, remedy: remedy(kind))
    }
  }

  private static func readOurs(_ path: String) throws -> SteeringVector {
    let file = try SafetensorsFile(path: path)
    func fail(_ place: String, _ expected: String, _ actual: String) -> SteeringError {
      .vectorFile(path: path, place: place, expected: expected, actual: actual)
    }
    guard file.metadata["format"] == format else {
      throw fail(
        "metadata format", format,
        (file.metadata["format"] ?? "nothing")
          + " in a file of \(file.tensors.count) tensors: not a vector of ours")
    }
    guard let name = file.tensors.first?.name, file.tensors.count == 1, name.hasPrefix("direction."),
      let block = Int(name.dropFirst("direction.".count)), block >= 0
    else {
      throw fail(
        "tensors", "one tensor direction.<block>",
        file.tensors.isEmpty ? "none" : file.tensors.map(\.name).joined(separator: ", "))
    }
    guard let hook = file.metadata["hook"], let site = Site(rawValue: hook) else {
      throw fail(
        "metadata hook", Site.allCases.map(\.rawValue).joined(separator: " | "),
        file.metadata["hook"] ?? "nothing")
    }
    let tensor = try file.tensor(name)
    guard tensor.type == .f32, tensor.rows == 1 else {
      throw fail(name, "F32 [d_model]", "\(tensor.type.name) with \(tensor.rows) rows")
    }
    let direction = tensor.dequantised().elements
    guard direction.allSatisfy(\.isFinite) else { throw fail(name, "finite numbers", "NaN or infinity") }
    guard direction.contains(where: { $0 != 0 }) else {
      throw fail(name, "a direction", "the zero vector, which would do nothing")
    }
    return SteeringVector(
      direction: direction, point: ActivationPoint(block: block, site: site),
      provenance: try VectorProvenance(fields: file.metadata, fail: { fail("metadata \($0)", $1, $2) }))
  }
}

extension SteeringVector {
  /// Throws where there is nothing to add: a zero vector, or one with NaN or infinity.
  func requireDirection() throws(SteeringError) {
    guard direction.allSatisfy(\.isFinite) else { throw .notFinite(words) }
    guard direction.contains(where: { $0 != 0 }) else { throw .zeroVector(words) }
  }
}

/// What to do with a file that was given as a vector and is none; nil where it is only the wrong one.
private func remedy(_ kind: FileKind) -> String? {
  switch kind {
  case .hdf5: "a map is for --map of `sextant steer transfer`"
  case .pickle, .zippedPickle:
    converter("torch", "torch.load('v.pt', 'cpu', weights_only=True).detach().float().numpy()")
  case .numpy: converter("numpy", "numpy.load('v.npy').astype('f4')")
  case .json: "of a contrast set, `sextant steer extract` makes a vector"
  default: kind.remedy
  }
}

/// A line of Python that makes a control vector of an array of d_model numbers. Its names are no file's: a path could say
/// anything to a shell.
private func converter(_ module: String, _ array: String) -> String {
  "save the tensor as a control vector, with the block (from 1) at whose output it was read for BLOCK: python3 -c \"import gguf, "
    + "\(module); w = gguf.GGUFWriter('v.gguf', 'controlvector'); w.add_tensor('direction.BLOCK', \(array)); [f() for f in "
    + "(w.write_header_to_file, w.write_kv_data_to_file, w.write_tensors_to_file, w.close)]\""
}

extension VectorProvenance {
  /// The fields as text, in the order of the docs; those that are not known are left out.
  var fields: [(key: String, value: String)] {
    let known: [(key: String, value: String?)] = [
      ("model", model), ("model_sha256", modelHash), ("tokenizer_sha256", tokenizerHash),
      ("architecture", architecture), ("blocks", blockCount.map { "\($0)" }), ("behaviour", behaviour),
      ("method", method), ("token_position", tokenPosition), ("pairs", "\(pairCount)"),
      ("control_vector_convention", convention),
      ("transferred_by", transferredBy ?? ""), ("source_model", source?.name),
      ("source_sha256", source?.hash), ("alignment_sha256", alignmentHash),
      ("dose_one_norm", calibration.map { "\($0.norm)" }),
      ("dose_one_divergence", calibration.map { "\($0.divergence)" }),
      ("dose_one_share_of_residual", calibration.map { "\($0.shareOfResidual)" }),
      ("calibration_converged", calibration.map { "\($0.converged)" }),
      ("calibration_positions", calibration.map { "\($0.positions)" }), ("tested_on", testedOn),
    ]
    return known.compactMap { key, value in value.map { (key, $0) } }
  }

  init(
    fields: [String: String], fail: (_ key: String, _ expected: String, _ actual: String) -> SteeringError
  ) throws(SteeringError) {
    func text(_ key: String) throws(SteeringError) -> String {
      guard let value = fields[key] else { throw fail(key, "text", "nothing") }
      return value
    }
    func number<Number: LosslessStringConvertible>(_ key: String, _: Number.Type) throws(SteeringError)
      -> Number
    {
      let value = try text(key)
      guard let number = Number(value) else { throw fail(key, "a number", value) }
      return number
    }
    let transferredBy = try text("transferred_by")
    self.init(
      model: try text("model"), modelHash: try text("model_sha256"), architecture: try text("architecture"),
      behaviour: try text("behaviour"), method: try text("method"), tokenPosition: try text("token_position"),
      pairCount: try number("pairs", Int.self), transferredBy: transferredBy.isEmpty ? nil : transferredBy)
    tokenizerHash = fields["tokenizer_sha256"]
    if fields["blocks"] != nil { blockCount = try number("blocks", Int.self) }
    if let name = fields["source_model"] {
      source = ModelIdentity(name: name, hash: try text("source_sha256"))
    }
    (alignmentHash, testedOn) = (fields["alignment_sha256"], fields["tested_on"])
    convention = fields["control_vector_convention"]
    guard fields["dose_one_norm"] != nil else { return }
    calibration = Calibration(
      norm: try number("dose_one_norm", Double.self),
      shareOfResidual: try number("dose_one_share_of_residual", Double.self),
      divergence: try number("dose_one_divergence", Double.self),
      converged: try number("calibration_converged", Bool.self),
      positions: try number("calibration_positions", Int.self))
  }
}
