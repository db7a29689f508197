public import Checkpoints
import Files
import Tensors

/// Activations in a safetensors file, as `sextant activations` writes them.
public enum SafetensorsActivations {
  /// The metadata's `format`.
  public static let format = "sextant-activations 1"

  static func digestKey(_ tensor: String) -> String { "sha256." + tensor }

  /// Compares every tensor with the SHA-256 that was written with it. Cost: one pass over the file.
  /// - Throws: `StoreError.corrupt` naming the first that is not as it was written.
  public static func verify(_ file: SafetensorsFile) throws(StoreError) {
    let path = file.file.path
    for tensor in file.tensors {
      guard let expected = file.metadata[digestKey(tensor.name)] else {
        throw .malformed(
          path: path, element: tensor.name, what: "metadata \(digestKey(tensor.name))", expected: "SHA-256",
          actual: "none")
      }
      var hash = SHA256()
      file.file.withBytes { bytes in
        hash.update(bytes.extracting(tensor.offset..<tensor.offset + tensor.byteCount))
      }
      let actual = hexadecimal(hash.finalized())
      guard actual == expected else {
        throw .corrupt(path: path, element: tensor.name, expectedSHA256: expected, actualSHA256: actual)
      }
    }
  }
}
