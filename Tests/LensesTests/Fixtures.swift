import Checkpoints
import Foundation
import Lenses
import LinearAlgebra
import Stores
import Tensors
import TestSupport
import Testing
import Transformers

/// The tiny models of the forward pass's tests, which have random weights and tokens of one character.
enum TinyModel {
  static let names = ["llama", "qwen2", "gemma3"]

  static func load(_ name: String) throws -> Model { try Model.load(Checkpoint.open(tinyCheckpoint(name))) }

  static func identity(_ name: String) -> StoreReference {
    StoreReference(name: name, identity: "sha of \(name)")
  }
}

/// What TransformerLens has of a tiny model.
struct GoldenLens: Decodable {
  let prompts: [[Int]]
  let layers: [Int]
  let jacobians: [[Float]]
  /// Of the last position of the first prompt, layer after layer.
  let jacobianLogits: [[Float]]
  let logitLogits: [[Float]]

  static func load(_ name: String) throws -> GoldenLens {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Golden"))
    return try JSONDecoder().decode(GoldenLens.self, from: Data(contentsOf: url))
  }

  var corpus: LensCorpus { LensCorpus(name: "random tokens", texts: ["two texts"]) }

  func fit(_ name: String, _ model: Model, prompts count: Int = 2, in folder: String? = nil) -> JacobianFit {
    JacobianFit(
      model, TinyModel.identity(name), corpus: corpus, sequences: Array(prompts.prefix(count)),
      keepingIn: folder, toolVersion: "sextant 1.2.3")
  }
}

func normal(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
  var random = SeededRandom(seed: seed)
  return Matrix(
    rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal()) })
}

func identity(_ width: Int) -> Matrix<Float> {
  var identity = Matrix<Float>(rows: width, columns: width, repeating: 0)
  for i in 0..<width { identity[i, i] = 1 }
  return identity
}
