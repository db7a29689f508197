import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Our files as h5py sees them. Set SEXTANT_PYTHON to a Python that has h5py; `python3` otherwise.
@Suite struct PythonTests {
  struct Element: Decodable {
    var attributes: [String: Value]
    var type: String?
    var value: Value?
    var chunks: [Int]?
  }

  enum Value: Decodable, Equatable {
    case number(Double)
    case text(String)
    case list([Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .list(try container.decode([Value].self))
      }
    }
  }

  private static let python = ProcessInfo.processInfo.environment["SEXTANT_PYTHON"] ?? "python3"

  private static func run(_ arguments: [String]) throws -> (status: Int32, output: Data) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private static let hasH5py: Bool = {
    if let (status, _) = try? run(["-c", "import h5py"]), status == 0 { return true }
    print("SKIPPED: \(python) has no h5py, so our files are not compared with what it reads")
    return false
  }()

  private func dump(_ path: String) throws -> [String: Element] {
    let (status, output) = try Self.run([try golden("dump.py"), path])
    #expect(status == 0)
    return try JSONDecoder().decode([String: Element].self, from: output)
  }

  private func list(_ matrix: Matrix<Float>) -> Value {
    .list((0..<matrix.rows).map { .list(matrix.row($0).map { .number(Double($0)) }) })
  }

  @Test(.enabled(if: hasH5py)) func embeddingStore() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 4).write(to: path)
    let elements = try dump(path)
    #expect(Set(elements.keys) == Set(try StoreFile.inspect(path).elements.map(\.path)))
    for (name, element) in elements {
      #expect(element.attributes["encoding-type"] != nil && element.attributes["encoding-version"] != nil)
      #expect((element.attributes["sha256"] != nil) == (element.type != nil), "\(name)")
    }
    #expect(elements["/embedding/input"]?.type == "<f4")
    #expect(elements["/embedding/input"]?.chunks == [6, 5])
    #expect(elements["/embedding/input"]?.value == list(randomMatrix(rows: 6, columns: 5, seed: 4)))
    #expect(elements["/embedding/output"]?.value == list(randomMatrix(rows: 6, columns: 5, seed: 1004)))
    #expect(elements["/tokens/form"]?.value == .list(awkwardTokens.map { .text($0.form) }))
    #expect(elements["/tokens/kind"]?.value == .list(awkwardTokens.map { .number(Double($0.kind.rawValue)) }))
    let bytes = awkwardTokens.flatMap(\.bytes).map { Value.number(Double($0)) }
    #expect(elements["/tokens/bytes/data"]?.value == .list(bytes))
    #expect(elements["/tokens/bytes/offset"]?.type == "<i8")
    #expect(elements["/provenance"]?.attributes["model-name"] == .text("Modèle"))
    #expect(elements["/"]?.attributes["encoding-type"] == .text("sextant-embeddings"))
    #expect(elements["/embedding"]?.attributes["tied"] == .number(0))
  }

  @Test(.enabled(if: hasH5py)) func alignmentStore() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("m.h5")
    let reference = StoreReference(name: "x", identity: "0")
    let record = alignmentRecord(a: reference, b: reference)
    try record.write(to: path)
    let elements = try dump(path)
    #expect(elements["/map/weights"]?.value == list(record.weights))
    #expect(elements["/match/row-a"]?.value == .list([.number(0), .number(4), .number(1)]))
    #expect(elements["/match/row-a"]?.type == "<i4")
    #expect(elements["/scores"]?.value == .text(record.scores))
    #expect(elements["/stores"]?.attributes["identity-a"] == .text("0"))
  }

  @Test(.enabled(if: hasH5py)) func neighbourGraph() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("g.h5")
    try NeighbourRecord(
      store: StoreReference(name: "x", identity: "0"), space: "input", normalisation: "raw",
      metric: "cosine", rows: [7, 9], k: 1, neighbours: [1, 0], similarities: [0.5, 0.5],
      toolVersion: "sextant 1.2.3"
    ).write(to: path)
    let elements = try dump(path)
    #expect(elements["/neighbours"]?.value == .list([.list([.number(1)]), .list([.number(0)])]))
    #expect(elements["/rows"]?.type == "<i4")
    #expect(elements["/"]?.attributes["store-identity"] == .text("0"))
  }

  /// In one line, and every byte of a token comes back.
  @Test(.enabled(if: hasH5py)) func tableOfTokens() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("t.h5")
    try TokenTable(
      StoreReference(name: "a", identity: "0"), StoreReference(name: "b", identity: "1"), space: "input",
      columns: [
        .init("text", "text", .texts([" é", "a\\n", "\\xff\\\\"])),
        .init("row_a", "row", .integers([3, 1, 2])),
        .init("orientation_raw", "r", .numbers([0.5, .nan, -1])),
      ], toolVersion: "1.2.3"
    ).write(to: path)
    let script = """
      import h5py, math, sys
      t = {n: d.asstr()[()] if d.dtype.kind == "S" else d[()] for n, d in h5py.File(sys.argv[1]).items()}
      bytes = [x.encode().decode("unicode_escape").encode("latin-1") for x in t["text"]]
      assert bytes == [" é".encode(), b"a\\n", b"\\xff\\\\"], bytes
      assert t["row_a"].tolist() == [3, 1, 2] and t["orientation_raw"][0] == 0.5
      assert math.isnan(t["orientation_raw"][1])
      """
    #expect(try Self.run(["-c", script, path]).status == 0)
  }

  /// The digest in the file is that of the bytes that h5py reads.
  @Test(.enabled(if: hasH5py)) func digestsAreThoseOfTheBytes() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 4).write(to: path)
    let script = """
      import h5py, hashlib, sys
      with h5py.File(sys.argv[1], "r") as f:
          x = f["embedding/input"]
          assert hashlib.sha256(x[()].tobytes()).hexdigest() == x.attrs["sha256"].decode()
          t = f["tokens/form"]
          data, offset = t["data"][()].tobytes(), t["offset"][()]
          text = b"".join(data[i:j] + b"\\0" for i, j in zip(offset, offset[1:]))
          assert hashlib.sha256(text).hexdigest() == t.attrs["sha256"].decode()
      """
    #expect(try Self.run(["-c", script, path]).status == 0)
  }
}
