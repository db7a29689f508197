internal import Foundation

/// The folder of the tiny models, which have random weights and which Tests/TransformersTests holds to transformers.
package let tinyCheckpoints = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "TransformersTests/Golden").path

/// The file of one of them: llama, qwen2 or gemma3.
package func tinyCheckpoint(_ name: String) -> String { "\(tinyCheckpoints)/\(name).gguf" }

/// The file of a model of the catalog in the folder that SEXTANT_MODELS names, or nil with a message that nothing was tested.
package func realCheckpoint(_ file: String) -> String? {
  let path = ProcessInfo.processInfo.environment["SEXTANT_MODELS"].map { "\($0)/\(file)" }
  if let path, FileManager.default.fileExists(atPath: path) { return path }
  print("SKIPPED, NOT TESTED: \(file): set SEXTANT_MODELS to a folder that holds it")
  return nil
}
