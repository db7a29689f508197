internal import Checkpoints
internal import Files
internal import Foundation
internal import Tensors
internal import Transformers

/// Writes steering vectors as a llama.cpp control vector: GGUF version 3, one tensor `direction.N` a block.
///
/// llama.cpp adds `direction.N` at the output of its 0-based block N, so a vector read at the output of block
/// `b` is written as `direction.b`. Block 0 cannot be reached there and is refused.
/// - Parameters:
///   - vectors: of one model, at `residualPost`, one a block.
///   - norm: the norm to write, usually the calibrated dose 1; `nil` keeps each vector's own.
///   - allowsMismatch: vectors of several models may share the file.
/// - Throws: `SteeringError.vectorFile` for vectors that the format cannot hold; `.otherModel` for those of several models;
///   `.zeroVector`, `.notFinite`; `.file`.
/// - Note: llama.cpp says nothing about a vector of the wrong width: check the file with `sextant inspect`.
public func writeControlVector(
  _ vectors: [SteeringVector], norm: Double? = nil, allowsMismatch: Bool = false, to path: String
) throws(SteeringError) {
  try controlVector(vectors, norm: norm, allowsMismatch: allowsMismatch, for: path).write(to: path)
}

/// Writes a control vector to `STEM.gguf`, or beside it, with a hash in its name, where another one stands there.
/// - Returns: the path; of a file that is there already, its path.
/// - Throws: as ``writeControlVector(_:norm:allowsMismatch:to:)``.
public func keepControlVector(_ vectors: [SteeringVector], stem: String) throws(SteeringError) -> String {
  try controlVector(vectors, norm: nil, allowsMismatch: false, for: stem).keep(stem: stem, ending: ".gguf")
}

private func controlVector(
  _ vectors: [SteeringVector], norm: Double?, allowsMismatch: Bool, for path: String
) throws(SteeringError) -> ByteWriter {
  let vectors = vectors.map { vector in norm.map { vector.scaled(toNorm: $0) } ?? vector }
  func refuse(_ place: String, _ expected: String, _ actual: String) -> SteeringError {
    .vectorFile(path: path, place: place, expected: expected, actual: actual)
  }
  guard let first = vectors.first else { throw refuse("vectors", "at least one", "none") }
  if !allowsMismatch { try requireOneModel(vectors) }
  guard Set(vectors.map(\.point.block)).count == vectors.count else {
    throw refuse("blocks", "one vector a block", "\(vectors.map(\.point.block))")
  }
  for vector in vectors {
    try vector.requireDirection()
    guard vector.point.site == .residualPost, vector.point.block >= 1 else {
      throw refuse(
        "direction.\(vector.point.block)", "residualPost of a block from 1",
        "\(vector.point.site.rawValue) of block \(vector.point.block)")
    }
    guard vector.direction.count == first.direction.count else {
      throw .widthMismatch(map: "\(vector.direction.count)", needed: "\(first.direction.count)")
    }
  }
  var metadata: [(String, GGUFWriter.Value)] = [
    ("general.architecture", .string("controlvector")),
    ("controlvector.model_hint", .string(first.provenance.architecture)),
    ("controlvector.layer_count", .unsigned(UInt32(vectors.count))),
  ]
  metadata += sharedFields(vectors).map { (ownPrefix + $0.key, .string($0.value)) }
  var writer = GGUFWriter(metadata)
  for vector in vectors {
    writer.add(
      "direction.\(vector.point.block)", dimensions: [vector.direction.count], vector.direction)
  }
  return writer.bytes
}

/// What a file of these vectors says of them all: where they differ, it names each. The depth of one model and what dose 1 is
/// of one vector are not said of others; what dose 1 is, the norms themselves say.
private func sharedFields(_ vectors: [SteeringVector]) -> [(key: String, value: String)] {
  var origins = vectors.map(\.provenance)
  let haveOneDepth = origins.allSatisfy { $0.blockCount == origins[0].blockCount }
  let haveOneDose = origins.allSatisfy { $0.calibration == origins[0].calibration }
  for index in origins.indices {
    if !haveOneDepth { origins[index].blockCount = nil }
    if !haveOneDose { origins[index].calibration = nil }
  }
  var fields: [(key: String, values: [String])] = []
  for (key, value) in origins.flatMap(\.fields) {
    if let index = fields.firstIndex(where: { $0.key == key }) {
      if !fields[index].values.contains(value) { fields[index].values.append(value) }
    } else {
      fields.append((key, [value]))
    }
  }
  return fields.map { ($0.key, $0.values.joined(separator: ", ")) }
}

/// Before the keys that files of ours have beyond the format's own.
private let ownPrefix = "sextant."

/// Reads a control vector of llama.cpp's format, ours or another tool's.
///
/// In a file of ours `direction.N` belongs to the output of block N, counted from 0, where llama.cpp adds it. In one of another
/// tool the convention says where. Such files say no more of their model than its architecture. Zero directions do nothing
/// and are left out.
/// - Parameters:
///   - convention: of another tool's file; `nil` takes it as repeng's.
///   - warn: is told where no convention was given for a file that needs one.
/// - Throws: `SteeringError.vectorFile` for a GGUF that is none, and for one without a direction; `.convention` where one is
///   given for a file of ours; `CheckpointError`.
func readControlVector(
  _ path: String, convention: ControlVectorConvention?, warn: (String) -> Void
) throws -> [SteeringVector] {
  let file = try GGUFFile(path: path)
  func fail(_ place: String, _ expected: String, _ actual: String) -> SteeringError {
    .vectorFile(path: path, place: place, expected: expected, actual: actual)
  }
  let architecture = file.metadata["general.architecture"]?.string ?? "nothing"
  guard architecture == "controlvector" else {
    throw fail(
      "general.architecture", "controlvector", "\(architecture): this GGUF is a model, not a control vector")
  }
  let isOurs = file.metadata.keys.contains { $0.hasPrefix(ownPrefix) }
  guard convention == nil || !isOurs else { throw SteeringError.convention(path: path) }
  let provenance =
    try isOurs
    ? ownProvenance(file, { fail(ownPrefix + $0, $1, $2) }) : foreignProvenance(file, convention)
  let taken: ControlVectorConvention = convention ?? .repeng
  var vectors: [SteeringVector] = []
  for info in file.tensors {
    guard info.name.hasPrefix("direction."), let number = Int(info.name.dropFirst("direction.".count)),
      number >= 1
    else { throw fail("tensor \(info.name)", "direction.N with N from 1", "another name") }
    guard info.typeNumber == ElementType.f32.rawValue, info.dimensions.count == 1 else {
      throw fail(info.name, "F32 [d_model]", "\(info.typeName) of \(info.dimensions.count) dimensions")
    }
    let direction = try file.tensor(info.name).dequantised().elements
    guard direction.allSatisfy(\.isFinite) else { throw fail(info.name, "finite numbers", "NaN or infinity") }
    if let first = vectors.first, first.direction.count != direction.count {
      throw fail(info.name, "\(first.direction.count) numbers", "\(direction.count)")
    }
    guard direction.contains(where: { $0 != 0 }) else { continue }
    vectors.append(
      SteeringVector(
        direction: direction,
        point: ActivationPoint(block: taken.block(ofDirection: number), site: .residualPost),
        provenance: provenance))
  }
  guard !vectors.isEmpty else { throw fail("tensors", "a direction that is not zero", "none") }
  if !isOurs, convention == nil {
    warn(
      "\(path): a control vector of another tool, taken as repeng's: direction.N at the output of block N, from 0; for one of "
        + "llama.cpp's cvector-generator, which means block N - 1, pass --convention cvector-generator; sign and scale are that "
        + "tool's own")
  }
  return vectors.sorted { $0.point.block < $1.point.block }
}

/// What our own export wrote.
private func ownProvenance(
  _ file: GGUFFile, _ fail: (String, String, String) -> SteeringError
) throws(SteeringError) -> VectorProvenance {
  let own = file.metadata.filter { $0.key.hasPrefix(ownPrefix) }.compactMap { entry in
    entry.value.string.map { (String(entry.key.dropFirst(ownPrefix.count)), $0) }
  }
  var fields = Dictionary(uniqueKeysWithValues: own)
  // Of vectors from sets of different sizes, the smallest.
  if let pairs = fields["pairs"]?.split(separator: ", ").compactMap({ Int($0) }).min() {
    fields["pairs"] = "\(pairs)"
  }
  return try VectorProvenance(fields: fields, fail: fail)
}

/// What little other tools say, and how their numbers were taken.
private func foreignProvenance(_ file: GGUFFile, _ convention: ControlVectorConvention?) -> VectorProvenance {
  var provenance = VectorProvenance(
    model: "unknown", modelHash: "", architecture: file.metadata["controlvector.model_hint"]?.string ?? "",
    behaviour: "unknown", method: "unknown", tokenPosition: "unknown", pairCount: 0)
  provenance.convention = convention?.rawValue ?? "\(ControlVectorConvention.repeng.rawValue) (assumed)"
  return provenance
}
