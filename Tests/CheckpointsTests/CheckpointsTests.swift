import Checkpoints
import Foundation
import Tensors
import Testing

@Test(.enabled(if: ProcessInfo.processInfo.environment["SEXTANT_MODELS"] != nil))
func realFiles() throws {
  let folder = try #require(ProcessInfo.processInfo.environment["SEXTANT_MODELS"])
  for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  where name.hasSuffix(".gguf") {
    let checkpoint = try Checkpoint.open(folder + "/" + name)
    print(checkpoint.name, checkpoint.architecture, checkpoint.quantisation)
    print(try checkpoint.configuration)
    for key in checkpoint.metadata.keys.sorted() {
      print("  ", key, checkpoint.metadata[key]!.summary.prefix(80))
    }
    for name in checkpoint.tensorNames { _ = try checkpoint.tensor(name) }
    print(try checkpoint.unembedding == nil, checkpoint.sha256())
  }
}
