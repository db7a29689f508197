import Foundation
import Tensors
import Testing

@Suite struct MappedFileTests {
  /// A model that is written anew while it is read.
  @Test func aFileThatIsCutShortIsNamed() async throws {
    let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
      let path = FileManager.default.temporaryDirectory.appending(path: "cut-\(UUID().uuidString)").path
      try Data(repeating: 1, count: 1 << 16).write(to: URL(filePath: path))
      MappedFile.exitWhenCutShort(status: 3)
      let file = try MappedFile(path: path)
      try Data().write(to: URL(filePath: path))
      let sum = file.withBytes { bytes in
        bytes.byteOffsets.reduce(0) { $0 + Int(unsafe bytes.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
      }
      exit(sum == 0 ? 0 : 1)
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("cut-") && message.contains("shorter than when it was opened"))
  }
}
