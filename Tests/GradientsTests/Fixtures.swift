import Checkpoints
import Foundation
import Gradients
import Tensors
import TestSupport
import Testing
import Transformers

/// The tiny models of the forward pass's tests, which have random weights.
enum TinyModel {
  static let names = ["llama", "qwen2", "gemma3"]
  /// What a file may ask for beyond its family's plain decoder: biases, factors of frequencies, a soft cap, 62 blocks.
  static let features = [
    "llama-biases", "llama-factor-without-type", "llama-frequencies-and-factor", "qwen2-output-biases",
    "gemma3-soft-cap", "gemma3-of-62-blocks", "folder",
  ]

  /// Families whose blocks differ from those of the three, by what sets them apart: soft caps and windows; norms of all heads
  /// and of outputs alone; factors; blocks without rotation; LayerNorm; learned positions; halves side by side; ReLU; ALiBi and a norm
  /// of the embedding; a shared norm; a stretched rotation; experts; clips; a norm for each half; one for every head.
  static let families =
    [
      "gemma2", "olmo2", "granite", "smollm3", "stablelm", "gpt2", "gptneox", "gptneox-sequential", "opt",
      "bloom", "phi2", "phi3", "qwen3", "olmo", "gpt-neo", "gpt-j", "falcon", "mpt", "falcon-40b",
      "stablelm-12b", "olmo-clip",
    ] + experts
  /// Two, four or three experts; with one for all tokens; with a block that has none.
  static let experts = ["mixtral", "qwen2-moe", "qwen2-moe-dense", "qwen3-moe"]
  static let all = names + families
  /// Rotations that the reference decoder does not know, and a window in every block.
  static let stretched = ["llama-yarn", "phi3-long", "mistral"]

  static func load(_ name: String) throws -> Model {
    if families.contains(name) || stretched.contains(name) {
      return try Model.load(Checkpoint.open("\(tinyCheckpoints)/families/\(name)"))
    }
    let file =
      names.contains(name) ? name + ".gguf" : "features/" + (name == "folder" ? name : name + ".gguf")
    return try Model.load(Checkpoint.open("\(tinyCheckpoints)/\(file)"))
  }
}

/// Random numbers, the same for the same seed.
func normal(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
  var random = SeededRandom(seed: seed)
  return Matrix(
    rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(random.normal()) })
}

func tokens(_ count: Int, seed: UInt64 = 1, of vocabulary: Int = 96) -> [Int] {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { _ in Int(random.next(upperBound: UInt64(vocabulary))) }
}

func product(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Double {
  zip(a.elements, b.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// Some copies below each other.
func stacked(_ parts: [Matrix<Float>]) -> Matrix<Float> {
  Matrix(
    rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns, elements: parts.flatMap(\.elements))
}

/// `Jᵀ w` of a function in Double, coordinate after coordinate, by central differences.
func numericPullback(_ x: [Double], _ w: [Double], _ f: ([Double]) -> [Double]) -> [Double] {
  let step = 1e-5
  return x.indices.map { i in
    var (above, below) = (x, x)
    above[i] += step
    below[i] -= step
    return zip(zip(f(above), f(below)), w).reduce(0) { $0 + ($1.0.0 - $1.0.1) / (2 * step) * $1.1 }
  }
}

/// `J v` of a function in Double by a central difference.
func numericPushforward(_ x: [Double], _ v: [Double], _ f: ([Double]) -> [Double]) -> [Double] {
  let step = 1e-5
  let above = f(zip(x, v).map { $0 + step * $1 })
  let below = f(zip(x, v).map { $0 - step * $1 })
  return zip(above, below).map { ($0 - $1) / (2 * step) }
}
