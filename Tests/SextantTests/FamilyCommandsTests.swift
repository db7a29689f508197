import Foundation
import TestSupport
import Testing

/// Models of three families, as the paper has them (GPT-2, Llama 3, Gemma 2), in the form that Hugging Face gives, from import to a
/// carried vector.
@Suite struct FamilyCommandsTests {
  private static let families = ["gpt2", "llama-yarn", "gemma2"]

  private func folder(_ name: String) -> String { "\(tinyCheckpoints)/families/\(name)" }

  @Test func spacesAreComparedAndVectorsCarried() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for name in Self.families {
      let imported = try tool.run("import", folder(name), "--as", name)
      #expect(imported.code == 0, "\(imported.err)")
      let text = try tool.run("generate", folder(name), "the the")
      #expect(text.code == 0, "\(text.err)")
      let extracted = try tool.run(
        "steer", "extract", folder(name), "--contrast", "tense", "--block", "1", "-o", "\(name).safetensors")
      #expect(extracted.code == 0, "\(extracted.err)")
    }
    for (source, target) in zip(Self.families, Self.families.dropFirst() + ["gpt2"]) {
      let compared = try tool.run("compare", source, target, "--no-letters-only")
      #expect(compared.code == 0 && compared.out.contains(source), "\(compared.err)")
      let aligned = try tool.run("align", source, target, "--no-letters-only")
      #expect(aligned.code == 0, "\(aligned.err)")
      let carried = try tool.run(
        "steer", "transfer", "\(source).safetensors", folder(target), "--map",
        "alignments/\(source)--\(target).ridge.h5", "--no-calibrate", "-o", "\(source)-\(target).safetensors")
      #expect(carried.code == 0, "\(carried.err)")
    }
  }

  @Test func aNeuronWithoutAGateIsNotRead() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let neuron = try tool.run("read", folder("gpt2"), "mlp:0.3")
    #expect(neuron.code == 4 && neuron.err.contains("gpt2 has no gates"), "\(neuron.err)")
    #expect(try tool.run("read", folder("gpt2"), "head:0.1").code == 0)
    #expect(try tool.run("read", folder("gemma2"), "mlp:0.3").code == 0)
  }
}
