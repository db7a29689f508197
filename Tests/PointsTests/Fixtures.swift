import Checkpoints
import Files
import Foundation
import Points
import Steering
import Stores
import Tensors
import TestSupport
import Transformers
import Workflow

/// A tiny model with its store in a folder of its own.
struct TinyPoints {
  let stores: TinyStores
  let model: PointModel
  let running: Model

  static let names = ["llama", "qwen2", "gemma3"]

  init(_ name: String) throws {
    stores = try TinyStores()
    let checkpoint = try Checkpoint.open(tinyCheckpoint(name))
    let store = stores.folder.appending(path: "\(name).h5").path
    try importCheckpoint(checkpoint, name: name, hash: checkpoint.sha256(), to: store)
    running = try Model.load(checkpoint)
    model = try PointModel(
      name, EmbeddingStore.open(store),
      runnable: .success(NamedModel(running, ModelIdentity(name: name, hash: checkpoint.sha256()))))
  }

  /// The same without its blocks.
  func withoutBlocks() throws -> PointModel {
    try PointModel(model.name, model.store, runnable: .failure(PointGap("no checkpoint", remedy: "fetch it")))
  }

  func path(_ name: String) -> String { stores.folder.appending(path: name).path }
  func remove() { stores.remove() }

  /// A vector of this model in a file.
  func writeVector(_ direction: [Float], block: Int, hash: String? = nil, to name: String) throws {
    let provenance = VectorProvenance(
      model: model.name, modelHash: hash ?? model.identity.hash, architecture: "llama", behaviour: "test",
      method: "test", tokenPosition: "last", pairCount: 2)
    try VectorFile.write(
      SteeringVector(
        direction: direction, point: ActivationPoint(block: block, site: .residualPost),
        provenance: provenance),
      to: path(name))
  }
}

/// A NumPy file, as `numpy.save` writes it.
func numpyFile(_ type: String, shape: String, fortran: Bool = false, _ numbers: [UInt8]) -> Data {
  var header = "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(shape)), }"
  while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
  header += "\n"
  let count = header.utf8.count
  return Data(
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(header.utf8)
      + numbers)
}

func bytes(_ numbers: [Float]) -> [UInt8] {
  numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32($0))) }
  }
}

/// The error of a point, or nil.
func fault(_ model: PointModel, _ text: String, rules: PointReadingRules = PointReadingRules()) -> PointError?
{
  do throws(PointError) {
    _ = try model.point(text, rules: rules)
    return nil
  } catch { return error }
}
