import Checkpoints
import Foundation
import Testing
import Transformers

/// The list of families: each is run, or says that it is not.
@Suite struct FamilyTests {
  /// The tiny Llama under another architecture's name.
  private func checkpoint(of architecture: String) throws -> Checkpoint {
    var draft = try GGUFDraft(TinyModel.golden("llama", "gguf").path)
    for key in draft.decoderKeys {
      draft.metadata[architecture + key.dropFirst("llama".count)] = draft.metadata.removeValue(forKey: key)
    }
    draft.metadata["general.architecture"] = .string(architecture)
    return try draft.checkpoint()
  }

  @Test func namesAreUnique() {
    let names = ModelFamily.known.map(\.name)
    let types = ModelFamily.known.flatMap(\.huggingFaceTypes)
    #expect(Set(names).count == names.count, "\(names)")
    #expect(Set(types).count == types.count, "\(types)")
  }

  /// A family that is run has a tiny model, whose logits are held against the reference.
  @Test func everyFamilyIsRunOrRefused() throws {
    let run = ModelFamily.known.filter { $0.isRun && !$0.isEncoder }.map(\.name).sorted()
    let tiny = try TinyModel.names.map { try TinyModel.load($0).model.configuration.architecture }
    let others = try FamilyCase.all.map { try $0.load(.folder).configuration.architecture }
    #expect(run == Set(tiny + others).sorted())
    for name in ["invented"] {
      let checkpoint = try checkpoint(of: name)
      #expect(checkpoint.family.name == name)
      let error = #expect(throws: TransformerError.self) { try Model.load(checkpoint) }
      #expect(
        error?.description.contains(
          "architecture \(name) is not supported; supported: \(run.joined(separator: ", ")); its tokens")
          == true)
    }
  }
}
