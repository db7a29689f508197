import Foundation
import Points
import Steering
import Stores
import TestSupport
import Testing
import Transformers

/// docs/points.md: every expression is read, and stands for a point of a tiny model once its words, blocks and files are that model's.
@Suite struct PointsPageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let examples: [String] = {
    let page = (try? String(contentsOf: root.appending(path: "docs/points.md"), encoding: .utf8)) ?? ""
    return page.components(separatedBy: "```point\n").dropFirst().flatMap { block in
      block.components(separatedBy: "```")[0].split(separator: "\n").map(String.init)
    }
  }()

  @Test func thereAreExamples() { #expect(Self.examples.count >= 20) }

  @Test(arguments: examples)
  func examplesAreReadAndPrintBack(example: String) throws {
    let point = try PointParser.parse(example)
    #expect(try PointParser.parse(point.description) == point)
  }

  @Test func examplesArePoints() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let direction = (0..<tiny.model.width).map { Float($0 % 5) - 2 }
    try tiny.writeVector(direction, block: 1, to: "happy.safetensors")
    let vectors = [1, 2].map { block in
      SteeringVector(
        direction: direction, point: ActivationPoint(block: block, site: .residualPost),
        provenance: VectorProvenance(
          model: "llama", modelHash: tiny.model.identity.hash, architecture: "llama", behaviour: "test",
          method: "test",
          tokenPosition: "last", pairCount: 2))
    }
    try writeControlVector(vectors, to: tiny.path("control.gguf"))
    try numpyFile("<f4", shape: "2, \(direction.count)", bytes(direction + direction)).write(
      to: URL(filePath: tiny.path("states.npy")))
    let header =
      "{\"states\":{\"dtype\":\"F32\",\"shape\":[1,\(direction.count)],\"data_offsets\":[0,\(4 * direction.count)]}}"
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    try Data(length + Array(header.utf8) + bytes(direction)).write(
      to: URL(filePath: tiny.path("weights.safetensors")))
    try FileManager.default.copyItem(
      at: Self.root.appending(path: "Tests/PointsTests/Golden/chunked.h5"),
      to: URL(filePath: tiny.path("table.h5")))
    try FileManager.default.copyItem(atPath: tiny.model.store.path, toPath: tiny.path("smollm2-135m.h5"))
    let changes = [
      ("\" Paris\"", "\"a\""), ("\" Rome\"", "\"b\""), ("\" France\"", "\"c\""), ("\" Berlin\"", "\"d\""),
      ("#1234", "#12"), ("@12", "@1"), ("@14", "@1"), ("@8", "@2"),
      ("row:", "row:\(tiny.stores.folder.path)/"),
      ("vector:", "vector:\(tiny.stores.folder.path)/"),
    ]
    for example in Self.examples {
      let text = changes.reduce(example) { $0.replacing($1.0, with: $1.1) }
      let point = try tiny.model.point(text)
      #expect(point.values.count == tiny.model.width && point.values.allSatisfy(\.isFinite), "\(text)")
    }
  }
}
