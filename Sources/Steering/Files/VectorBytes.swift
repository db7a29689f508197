internal import Files
internal import Foundation

extension ByteWriter {
  /// Writes the buffer to a file of its own: `STEM` and the ending, or `STEM.HASH` and the ending where something else stands
  /// there. A file that holds these bytes already is left as it is.
  func keep(stem: String, ending: String) throws(SteeringError) -> String {
    let hash = sha256Hex(of: bytes).prefix(8)
    for path in [stem + ending, "\(stem).\(hash)\(ending)"] {
      guard FileManager.default.fileExists(atPath: path) else {
        try write(to: path)
        return path
      }
      if (try? FileReader.kept(path)) == bytes { return path }
    }
    throw .file(path: "\(stem).\(hash)\(ending)", operation: "write", reason: "another file stands there")
  }

  /// Writes the buffer through a temporary file and a rename: the old file stays whole until the new one is.
  func write(to path: String) throws(SteeringError) {
    do throws(OutputError) { try OutputFile.write(bytes, to: path) } catch { throw .output(error) }
  }
}
