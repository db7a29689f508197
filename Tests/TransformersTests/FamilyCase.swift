import Checkpoints
import Foundation
import Tensors
import Testing
import Transformers

/// A tiny model of `families/`, and what transformers computes with it.
struct FamilyCase: CustomTestStringConvertible {
  enum Form: String, CaseIterable {
    case folder, gguf
  }

  let name: String
  let hasGGUF: Bool
  let tokens: [Int]
  /// Of the last position: entering block 0, entering block 2, before the final norm.
  let states: [[Float]]
  /// `[positions x vocabulary]`.
  let logits: Matrix<Float>

  var testDescription: String { name }
  var forms: [Form] { hasGGUF ? Form.allCases : [.folder] }

  private struct Golden: Decodable {
    let gguf: Bool
    let tokens: [Int]
    let states: [[Float]]
    /// `[positions x vocabulary]`, f32.
    let logits: Data
  }

  static let all: [FamilyCase] = {
    guard let url = try? TinyModel.golden("families", "json"), let data = try? Data(contentsOf: url),
      let golden = try? JSONDecoder().decode([String: Golden].self, from: data)
    else { return [] }
    return golden.sorted { $0.key < $1.key }.map { name, golden in
      FamilyCase(
        name: name, hasGGUF: golden.gguf, tokens: golden.tokens, states: golden.states,
        logits: Matrix(
          rows: golden.tokens.count, columns: golden.logits.count / 4 / golden.tokens.count,
          elements: floats(golden.logits)))
    }
  }()

  private static func floats(_ data: Data) -> [Float] {
    stride(from: 0, to: data.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[start + $1]) << (8 * $1) })
    }
  }

  static let withGGUF = all.filter(\.hasGGUF).map(\.name)

  func path(_ form: Form) throws -> String {
    let folder = try TinyModel.golden("families", "json").deletingLastPathComponent().path + "/families/"
    return folder + (form == .folder ? name : name + ".gguf")
  }

  func load(_ form: Form) throws -> Model { try Model.load(Checkpoint.open(path(form))) }
}
