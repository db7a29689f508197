import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// A model in several files is read as one.
@Suite struct GGUFPartsTests {
  /// Parts as `llama-gguf-split` writes them: the first has the model's keys, all have their number.
  private func part(
    _ number: UInt16, of count: UInt16, _ tensors: [GGUFBuilder.TensorSpec], stated: Int32 = 2
  )
    -> GGUFBuilder
  {
    var builder = GGUFBuilder()
    if number == 0 {
      builder.add("general.architecture", string: "llama")
      builder.add("tokenizer.ggml.model", string: "llama")
      builder.add("tokenizer.ggml.tokens", strings: ["a", "b", "c"])
    }
    builder.add("split.no", type: 2, value: le(number))
    builder.add("split.count", type: 2, value: le(count))
    builder.add("split.tensors.count", type: 5, value: le(stated))
    builder.tensors = tensors
    return builder
  }

  private let embedding = GGUFBuilder.TensorSpec(name: "token_embd.weight", dimensions: [4, 3], bytes: 48)
  private let norm = GGUFBuilder.TensorSpec(name: "output_norm.weight", dimensions: [4], bytes: 16)

  private func write(_ parts: [GGUFBuilder], in folder: TemporaryFolder, count: Int? = nil) throws -> [String]
  {
    try parts.enumerated().map { index, part in
      try folder.write(part.bytes, to: "m-0000\(index + 1)-of-0000\(count ?? parts.count).gguf")
    }
  }

  @Test func tensorsOfAllPartsAreThere() throws {
    let folder = try TemporaryFolder()
    let paths = try write(
      [part(0, of: 3, []), part(1, of: 3, [embedding]), part(2, of: 3, [norm])], in: folder)
    for path in paths {
      let checkpoint = try Checkpoint.open(path)
      #expect(checkpoint.path == paths[0] && checkpoint.architecture == "llama")
      #expect(checkpoint.tensorNames == ["token_embd.weight", "output_norm.weight"])
      let whole = try GGUFFile(path: paths[1]).tensor("token_embd.weight")
      #expect(try checkpoint.inputEmbedding.dequantised() == whole.dequantised())
      #expect(try checkpoint.tensor("output_norm.weight").path == paths[2])
      #expect(try checkpoint.vocabulary().tokens.count == 3)
    }
    #expect(ModelName.of(paths[1]) == "m" && ModelName.of("x/m-00001-of-00002.gguf") == "m")
    // The hash is that of `sha256sum` over the parts, in order.
    let listing = try paths.map {
      "\(try MappedFile(path: $0).sha256())  \(URL(filePath: $0).lastPathComponent)\n"
    }
    let sums = try folder.write(listing.joined(), to: "sums")
    #expect(try Checkpoint.open(paths[0]).sha256() == MappedFile(path: sums).sha256())
  }

  @Test func aMissingPartIsNamed() throws {
    let folder = try TemporaryFolder()
    let paths = try write([part(0, of: 2, [embedding]), part(1, of: 2, [norm])], in: folder)
    try FileManager.default.removeItem(atPath: paths[1])
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(paths[0]) }
    #expect(
      error?.description.hasPrefix("\(paths[1]): part 2 of 2 is missing") == true,
      "\(error?.description ?? "")")
    let renamed = folder.file("model.gguf")
    try FileManager.default.moveItem(atPath: paths[0], toPath: renamed)
    let other = #expect(throws: CheckpointError.self) { try Checkpoint.open(renamed) }
    #expect(other?.description.contains("NAME-00001-of-00002.gguf") == true, "\(other?.description ?? "")")
  }

  @Test func partsThatDoNotBelongTogetherAreRefused() throws {
    let good = part(0, of: 2, [embedding])
    for (second, count, words) in [
      (part(0, of: 2, [norm]), 2, "split.no"), (part(1, of: 3, [norm]), 2, "split.count"),
      (part(1, of: 2, [embedding]), 2, "a second one"), (part(1, of: 2, []), 2, "split.tensors.count"),
      (part(1, of: 2, [norm]), 3, "of-00002"),
    ] {
      let folder = try TemporaryFolder()
      let paths = try write([good, second], in: folder, count: count)
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(paths[0]) }
      #expect(error?.description.contains(words) == true, "\(words): \(error?.description ?? "")")
    }
  }
}
