import Alignment
import Checkpoints
import Files
import Foundation
import Steering
import Tensors
import TestSupport
import Testing
import Transformers

/// Control vectors that other tools wrote: no file says which block a number means, and none is trusted in anything else.
@Suite struct ControlVectorConventionTests {
  private static let taken: [(convention: ControlVectorConvention?, blocks: [Int], words: String)] = [
    (nil, [1, 3], "repeng (assumed)"), (.repeng, [1, 3], "repeng"),
    (.cvectorGenerator, [0, 2], "cvector-generator"),
  ]
  private static let conventions: [ControlVectorConvention?] = [nil, .repeng, .cvectorGenerator]

  @Test func aConventionSaysWhichBlockANumberMeans() throws {
    let directions = [Direction("direction.3", [3, -4]), Direction("direction.1", [1, 2])]
    try withFile(controlVector(directions)) { path in
      for (convention, blocks, words) in Self.taken {
        var warnings: [String] = []
        let vectors = try VectorFile.readAll(path, convention: convention) { warnings.append($0) }
        #expect(vectors.map(\.point) == blocks.map { ActivationPoint(block: $0, site: .residualPost) })
        #expect(vectors.map(\.direction) == [[1, 2], [3, -4]])
        for vector in vectors {
          #expect(vector.provenance.convention == words && vector.provenance.architecture == "llama")
          #expect(vector.provenance.modelHash.isEmpty)
        }
        #expect(warnings.count == (convention == nil ? 1 : 0))
        for warning in warnings {
          #expect(warning.hasPrefix("\(path): ") && !warning.contains("\n"))
          for part in ["repeng", "--convention cvector-generator", "sign and scale"] {
            #expect(warning.contains(part))
          }
        }
      }
    }
  }

  @Test func aZeroDirectionMovesNoOther() throws {
    let directions = [Direction("direction.1", [0, -0.0]), Direction("direction.2", [1, 2])]
    try withFile(controlVector(directions)) { path in
      let vector = try VectorFile.read(path, convention: .cvectorGenerator)
      #expect(vector.direction == [1, 2] && vector.point.block == 1)
    }
  }

  /// The largest number that a name can hold.
  @Test func theLargestNumberIsRead() throws {
    try withFile(controlVector([Direction("direction.\(Int.max)", [1])])) { path in
      for (convention, block) in zip(Self.conventions, [Int.max, Int.max, Int.max - 1]) {
        let vector = try VectorFile.read(path, convention: convention)
        #expect(vector.point.block == block)
      }
    }
  }

  /// What is written of a foreign vector is ours: it says its block, and by which convention that was found.
  @Test func whatIsWrittenSaysHowItWasRead() throws {
    for (convention, blocks, words) in Self.taken {
      try withFile(controlVector([Direction("direction.3", [3, -4])])) { path in
        let vector = try VectorFile.read(path, convention: convention)
        let (ours, control) = (path + ".safetensors", path + ".out.gguf")
        try VectorFile.write(vector, to: ours)
        try writeControlVector([vector], to: control)
        #expect(
          try GGUFFile(path: control).metadata["sextant.control_vector_convention"]?.string == words)
        for written in [ours, control] {
          var warnings: [String] = []
          let read = try VectorFile.read(written) { warnings.append($0) }
          #expect(read == vector && read.point.block == blocks[1] && warnings.isEmpty)
        }
      }
    }
  }

  @Test func vectorsOfOursTakeNoConvention() throws {
    try withFile(controlVector([Direction("direction.3", [3, -4])])) { path in
      let vector = try VectorFile.read(path)
      let (ours, control) = (path + ".safetensors", path + ".out.gguf")
      try VectorFile.write(vector, to: ours)
      try writeControlVector([vector], to: control)
      for written in [ours, control] {
        for convention in ControlVectorConvention.allCases {
          #expect(throws: SteeringError.convention(path: written)) {
            try VectorFile.readAll(written, convention: convention)
          }
        }
      }
    }
  }

  @Test func whatIsCarriedSaysHowItWasRead() throws {
    let model = try Model.load(Checkpoint.open(tinyCheckpoint("llama")))
    let width = model.configuration.width
    let map = LinearMap(
      weights: Matrix(rows: 2, columns: width, elements: Array(repeating: 1, count: 2 * width)),
      sourceMean: [0, 0], targetMean: Array(repeating: 0, count: width), method: "ridge")
    let target = NamedModel(model, ModelIdentity(name: "tiny", hash: "00"))
    let layers = LayerSpace(sourceBlock: 2, targetBlock: 1)
    let carrier = Carrier(map, words: "a map", layers: layers)
    try withFile(controlVector([Direction("direction.3", [3, -4])])) { path in
      let vector = try VectorFile.read(path, convention: .cvectorGenerator)
      let carried = try carrier.carried(vector, into: target, at: 1)
      #expect(carried.provenance.convention == "cvector-generator" && carried.point.block == 1)
      #expect(carried.provenance.transferredBy?.hasSuffix("block 2 residualPost") == true)
      let other = try VectorFile.read(path, convention: .repeng)
      #expect(throws: SteeringError.layerMismatch(map: "\(layers)", vector: "residualPost 3")) {
        try carrier.carried(other, into: target, at: 1)
      }
    }
  }

  @Test func whatTheFormatDoesNotAllowIsRefused() throws {
    let good = Direction("direction.1", [1, 2])
    var cases: [(directions: [Direction], words: String)] = [
      ([], "tensors: expected a direction that is not zero, found none"),
      (
        [Direction("direction.1", [0, 0]), Direction("direction.2", [0, -0.0])],
        "tensors: expected a direction that is not zero, found none"
      ),
      ([good, Direction("direction.2", [1, 2, 3])], "direction.2: expected 2 numbers, found 3"),
    ]
    for name in [
      "direction.0", "direction.-1", "direction.", "direction.x", "direction.1.5", "direction.1 ",
      "direction.9223372036854775808", "Direction.1", "direction", "blk.0.attn_q.weight",
    ] {
      cases.append(
        ([good, Direction(name, [1, 2])], "tensor \(name): expected direction.N with N from 1"))
    }
    for value in [Float.nan, .infinity, -.infinity] {
      cases.append(
        ([Direction("direction.1", [1, value])], "direction.1: expected finite numbers, found NaN"))
    }
    for dimensions: [UInt64] in [[2, 1], [1, 2], [2, 1, 1]] {
      var matrix = good
      matrix.dimensions = dimensions
      cases.append(([matrix], "direction.1: expected F32 [d_model], found F32 of \(dimensions.count) dim"))
    }
    var scalar = Direction("direction.1", [1])
    scalar.dimensions = []
    cases.append(([scalar], "direction.1: expected F32 [d_model], found F32 of 0 dim"))
    for (type, name) in [(1, "F16"), (30, "BF16")] as [(UInt32, String)] {
      var half = good
      (half.type, half.data) = (type, [0, 0x3C, 0, 0x40])
      cases.append(([half], "direction.1: expected F32 [d_model], found \(name) of 1 dim"))
    }
    for (directions, words) in cases {
      try withFile(controlVector(directions)) { path in
        for convention in Self.conventions {
          let error = #expect(throws: SteeringError.self) {
            try VectorFile.readAll(path, convention: convention)
          }
          #expect(error?.description.contains("\(path): \(words)") == true, "\(error?.description ?? "")")
        }
      }
    }
  }

  /// Where nothing, or more than the file has, is said to be there.
  @Test func sizesAreHeldAgainstTheFile() throws {
    for dimensions: [UInt64] in [[0], [1 << 40], [1 << 62], [.max]] {
      var direction = Direction("direction.1", [])
      direction.dimensions = dimensions
      try withFile(controlVector([direction])) { path in
        #expect(throws: CheckpointError.self) { try VectorFile.readAll(path) }
      }
    }
    let twice = [Direction("direction.1", [1]), Direction("direction.1", [2])]
    try withFile(controlVector(twice)) { path in
      #expect(throws: CheckpointError.self) { try VectorFile.readAll(path) }
    }
  }

  @Test func damagedFilesNeverTrap() throws {
    let good = controlVector([Direction("direction.1", [1, 2]), Direction("direction.2", [3, 4])])
    for index in good.indices {
      var bad = good
      bad[index] ^= 0x55
      try withFile(bad) { path in
        for convention in Self.conventions { _ = try? VectorFile.readAll(path, convention: convention) }
      }
    }
  }

  /// One line each, which needs no more than the words in capitals.
  @Test func arraysOfPythonAreSentToAConverter() throws {
    let files: [(bytes: [UInt8], array: String)] = [
      ([0x80, 2, 0x7D, 0x71, 0], "torch.load('v.pt', 'cpu', weights_only=True)"),
      (Array("PK".utf8) + [3, 4, 0, 0] + Array("archive/data.pkl".utf8), "torch.load('v.pt'"),
      ([0x93] + Array("NUMPY".utf8) + [1, 0], "numpy.load('v.npy')"),
    ]
    for (bytes, array) in files {
      try withFile(Data(bytes)) { path in
        let error = #expect(throws: FileError.self) { try VectorFile.read(path) }
        let text = error?.description ?? ""
        #expect(text.contains("python3 -c \"import gguf") && text.contains(array), "\(text)")
        #expect(text.contains("'direction.BLOCK'") && !text.contains("\n"), "\(text)")
      }
    }
  }

  private func withFile(_ bytes: Data, _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "v.gguf")
    try bytes.write(to: file)
    try body(file.path)
  }
}

/// A tensor of a file, as wrong as it may be.
private struct Direction {
  var name: String
  var dimensions: [UInt64]
  /// ggml's number; 0 is F32.
  var type: UInt32 = 0
  var data: [UInt8]

  init(_ name: String, _ numbers: [Float]) {
    self.name = name
    dimensions = [UInt64(numbers.count)]
    data = numbers.flatMap { littleEndian($0.bitPattern) }
  }
}

/// GGUF with the keys that repeng and cvector-generator write, and none of ours.
private func controlVector(_ directions: [Direction]) -> Data {
  let keys = [("general.architecture", "controlvector"), ("controlvector.model_hint", "llama")]
  var bytes = Array("GGUF".utf8)
  bytes += littleEndian(UInt32(3))
  bytes += littleEndian(UInt64(directions.count))
  bytes += littleEndian(UInt64(keys.count))
  for (key, value) in keys {
    bytes += sized(key)
    bytes += littleEndian(UInt32(8))
    bytes += sized(value)
  }
  var offset = 0
  for direction in directions {
    bytes += sized(direction.name)
    bytes += littleEndian(UInt32(direction.dimensions.count))
    for dimension in direction.dimensions { bytes += littleEndian(dimension) }
    bytes += littleEndian(direction.type)
    bytes += littleEndian(UInt64(offset))
    offset += (direction.data.count + 31) / 32 * 32
  }
  for direction in directions {
    bytes += padding(after: bytes.count)
    bytes += direction.data
  }
  return Data(bytes + padding(after: bytes.count))
}

private func padding(after count: Int) -> [UInt8] { Array(repeating: 0, count: (32 - count % 32) % 32) }

private func sized(_ text: String) -> [UInt8] { littleEndian(UInt64(text.utf8.count)) + Array(text.utf8) }

private func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
}
