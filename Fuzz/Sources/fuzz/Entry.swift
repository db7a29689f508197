import Foundation

/// Each process writes its inputs to one file in a folder of its own: the readers take paths, and map what they read.
private struct Harness: Sendable {
  let reader: Reader
  let path: String

  static let shared = Harness()

  init() {
    let wanted = ProcessInfo.processInfo.environment["FUZZ_READER"] ?? ""
    guard let reader = Reader(rawValue: wanted) else {
      let readers = Reader.allCases.map(\.rawValue).joined(separator: ", ")
      print("FUZZ_READER=\(wanted): expected one of \(readers)")
      exit(2)
    }
    self.reader = reader
    let folder = FileManager.default.temporaryDirectory.appending(path: "sextant-fuzz-\(getpid())")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: reader.fileName).path
  }
}

/// libFuzzer's entry: one input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let harness = Harness.shared
  let input = Data(bytes: bytes, count: count)
  guard FileManager.default.createFile(atPath: harness.path, contents: input) else {
    print("\(harness.path) cannot be written")
    exit(2)
  }
  try? harness.reader.read(harness.path)
  return 0
}
