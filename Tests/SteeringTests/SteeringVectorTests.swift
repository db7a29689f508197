import Alignment
import Checkpoints
import Files
import Foundation
import Steering
import Tensors
import TestSupport
import Testing
import Transformers

@Suite struct SteeringVectorTests {
  let point = ActivationPoint(block: 3, site: .residualPost)

  @Test func vectorsFormAVectorSpace() {
    let a = vector([1, -2, 3])
    let b = vector([0.5, 4, -1])
    #expect((a + b).direction == [1.5, 2, 2])
    #expect((a - a).direction == [0, 0, 0])
    #expect((2 * a).direction == (a + a).direction)
    #expect((-1 * a).direction == (-a).direction)
    #expect(abs(a.scaled(toNorm: 7).norm - 7) < 1e-6)
    #expect(vector([0, 0, 0]).scaled(toNorm: 7).direction == [0, 0, 0])
    #expect(abs((a.cosine(-a) ?? 0) + 1) < 1e-12)
    #expect(a.cosine(vector([0, 0, 0])) == nil)
  }

  @Test func doseZeroIsNoEdit() {
    #expect(vector([1, 2, 3]).intervention(dose: 0) == .none)
    #expect(
      vector([1, 2, 3]).intervention(dose: -2)
        == Intervention([Edit(.add([-2, -4, -6]), at: point)]))
  }

  @Test func aLayerMapTakesVectorsOfItsBlock() throws {
    let layers = LayerSpace(sourceBlock: 3, targetBlock: 1)
    #expect(layers.description == "residualPost 3 to residualPost 1")
    #expect(LayerSpace(space: layers.description) == layers)
    for text in [
      "input", "", "residualPost 3", "residualPost -3 to residualPost 1", "residualPost 3 to mlpOutput 1",
      "residualPost 3 to residualPost 99999999999999999999", "residualPost  to residualPost 1",
    ] {
      #expect(LayerSpace(space: text) == nil)
    }
    let model = try Model.load(Checkpoint.open(tinyCheckpoint("llama")))
    let width = model.configuration.width
    let weights = Matrix(rows: 3, columns: width, elements: (0..<3 * width).map { Float($0 % 5) })
    // Means that a direction must not meet.
    let map = LinearMap(
      weights: weights, sourceMean: [1, 2, 3], targetMean: Array(repeating: 9, count: width), method: "ridge")
    let target = NamedModel(model, ModelIdentity(name: "tiny", hash: "00"))
    let carrier = Carrier(map, words: "a", layers: layers)
    let carried = try carrier.carried(vector([1, 0, -1]), into: target, at: 1)
    #expect(carried.point == ActivationPoint(block: 1, site: .residualPost))
    #expect(carried.direction == (0..<width).map { weights[0, $0] - weights[2, $0] })
    #expect(
      throws: SteeringError.layerMismatch(map: "residualPost 2 to residualPost 1", vector: "residualPost 3")
    ) {
      try Carrier(map, words: "a", layers: LayerSpace(sourceBlock: 2, targetBlock: 1))
        .carried(vector([1, 0, -1]), into: target, at: 1)
    }
    // The map's own block is taken, whatever the policy; a map of embeddings asks it.
    for policy in LayerPolicy.allCases {
      #expect(
        try carrier.targetBlock(
          of: vector([1, 0, -1]), in: model, by: policy, sourceBlocks: 1,
          on: ContrastSet(name: "none", train: []))
          == 1)
    }
    let embeddings = Carrier(map, words: "a")
    let blocks = model.configuration.blockCount
    #expect(
      try embeddings.targetBlock(
        of: vector([1, 0, -1]), in: model, by: .sameDepth, sourceBlocks: 4 * blocks,
        on: ContrastSet(name: "none", train: [])) == 0)
    #expect(throws: SteeringError.tooFewPairs(name: "none", count: 0)) {
      try embeddings.targetBlock(
        of: vector([1, 0, -1]), in: model, by: .bestSeparation, sourceBlocks: 4,
        on: ContrastSet(name: "none", train: []))
    }
    #expect(throws: SteeringError.widthMismatch(map: "3 -> \(width)", needed: "2 -> \(width)")) {
      try embeddings.carried(vector([1, 0]), into: target, at: 1)
    }
  }

  @Test func fileRoundTrip() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.safetensors").path
      let written = vector([0.25, -1e-30, 3e30])
      try VectorFile.write(written, to: path)
      #expect(try VectorFile.read(path) == written)
    }
  }

  @Test func damagedFilesThrow() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.safetensors").path
      try VectorFile.write(vector([1, 2, 3]), to: path)
      let good = try Data(contentsOf: URL(filePath: path))
      for index in good.indices {
        var bad = good
        bad[index] ^= 0x55
        try bad.write(to: URL(filePath: path))
        // A flip in the numbers or in free text may give another valid vector; what matters is that nothing traps.
        _ = try? VectorFile.read(path)
      }
      for count in 0..<good.count - 1 {
        try good.prefix(count).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try VectorFile.read(path) }
      }
    }
  }

  @Test func aVectorIsHeldAgainstItsModel() throws {
    let model = try Model.load(Checkpoint.open(tinyCheckpoint("llama")))
    var fitting = vector(Array(repeating: 1, count: model.configuration.width), block: 0)
    let (same, other) = (ModelIdentity(name: "m", hash: "00"), ModelIdentity(name: "n", hash: "01"))
    #expect(try fitting.checkFit(to: model) { same } == nil)
    #expect(try fitting.checkFit(to: model, allowsMismatch: true) { other } == nil)
    #expect(
      performing: { try fitting.checkFit(to: model) { other } },
      throws: { error in
        if case .otherModel? = error as? SteeringError { true } else { false }
      })
    // No flag makes a width fit, and no hash is asked for then.
    for allows in [false, true] {
      #expect(throws: SteeringError.widthMismatch(map: "3", needed: "\(model.configuration.width)")) {
        try vector([1, 2, 3]).checkFit(to: model, allowsMismatch: allows) {
          throw SteeringError.noNeutralText
        }
      }
    }
    // Of a vector of another tool only the architecture is known.
    fitting.provenance.modelHash = ""
    #expect(try fitting.checkFit(to: model) { other } != nil)
    fitting.provenance.architecture = "gemma3"
    #expect(throws: SteeringError.self) { try fitting.checkFit(to: model) { same } }
  }

  @Test func theFileSaysAllThatIsKnown() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.safetensors").path
      var written = vector([0.25, -1, 3])
      written.provenance.tokenizerHash = "t"
      written.provenance.blockCount = 7
      written.provenance.transferredBy = "a map"
      written.provenance.source = ModelIdentity(name: "s", hash: "01")
      written.provenance.alignmentHash = "02"
      written.provenance.calibration = Calibration(
        norm: 3.25, shareOfResidual: 0.1, divergence: 0.49, converged: true, positions: 120)
      written.provenance.testedOn = "b: transfers, slope 1"
      try VectorFile.write(written, to: path)
      #expect(try VectorFile.read(path) == written)
      let control = folder.appending(path: "v.gguf").path
      try writeControlVector([written], to: control)
      #expect(try VectorFile.read(control) == written)
      // Of another direction nothing was measured.
      #expect((2 * written).provenance.calibration == nil && (-written).provenance.testedOn == nil)
    }
  }

  @Test func vectorsThatWouldDoNothingOrHarmAreNotWritten() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v").path
      for (direction, isZero) in [([Float.nan, 1], false), ([.infinity, 1], false), ([0, -0.0], true)] {
        func isExpected(_ error: any Error) -> Bool {
          switch error as? SteeringError {
          case .zeroVector: isZero
          case .notFinite: !isZero
          default: false
          }
        }
        #expect(performing: { try VectorFile.write(vector(direction), to: path) }, throws: isExpected)
        #expect(performing: { try writeControlVector([vector(direction)], to: path) }, throws: isExpected)
      }
      // A norm that Float cannot hold.
      #expect(throws: SteeringError.self) { try writeControlVector([vector([1, 1])], norm: 1e300, to: path) }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func zeroVectorsOfOtherToolsAreRefused() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.safetensors").path
      try VectorFile.write(vector([1, 2, 3]), to: path)
      var bytes = try Data(contentsOf: URL(filePath: path))
      bytes.replaceSubrange(bytes.count - 12..<bytes.count, with: Data(count: 12))
      try bytes.write(to: URL(filePath: path))
      #expect(throws: SteeringError.self) { try VectorFile.read(path) }
    }
  }

  /// Control vectors of zeros, and numbers that are none in either kind of file, as other tools may write them.
  @Test func directionsThatAreNoneAreRefusedInEveryFile() throws {
    try withFolder { folder in
      let (ours, control) = (folder.appending(path: "v.safetensors"), folder.appending(path: "v.gguf"))
      try VectorFile.write(vector([1, 2, 3]), to: ours.path)
      try writeControlVector([vector([1, 2, 3])], to: control.path)
      func refusal(of file: URL, _ place: (Data) -> Range<Int>, _ new: [UInt8]) throws -> SteeringError? {
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(place(bytes), with: new)
        let changed = folder.appending(path: "changed-" + file.lastPathComponent)
        try bytes.write(to: changed)
        return #expect(throws: SteeringError.self) { try VectorFile.readAll(changed.path) }
      }
      // The data begin at the last multiple of 32.
      let zero = try refusal(of: control, { $0.count - 32..<$0.count - 20 }, [UInt8](repeating: 0, count: 12))
      #expect(zero?.description.contains("a direction that is not zero") == true)
      let notANumber: [UInt8] = [0, 0, 0xC0, 0x7F]
      for found in [
        try refusal(of: control, { $0.count - 24..<$0.count - 20 }, notANumber),
        try refusal(of: ours, { $0.count - 4..<$0.count }, notANumber),
      ] {
        #expect(found?.description.contains("finite numbers") == true, "\(found?.description ?? "")")
      }
    }
  }

  @Test func severalBlocksMakeOneControlVector() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.gguf").path
      let both = [vector([1, 2], block: 2), vector([3, 4], block: 5)]
      try writeControlVector(both, to: path)
      #expect(try VectorFile.readAll(path) == both)
      #expect(throws: SteeringError.self) { try VectorFile.read(path) }
      var other = vector([5, 6], block: 7)
      other.provenance.modelHash = "ff"
      #expect(throws: SteeringError.self) { try writeControlVector(both + [other], to: path) }
      try writeControlVector(both + [other], allowsMismatch: true, to: path)
      #expect(try VectorFile.readAll(path).map(\.provenance.modelHash) == ["00, ff", "00, ff", "00, ff"])
    }
  }

  /// What is one vector's alone is not said of the other, and the file can be read.
  @Test func vectorsThatDifferShareAControlVector() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.gguf").path
      var (first, second) = (vector([1, 2], block: 2), vector([3, 4], block: 5))
      let calibration = Calibration(
        norm: 3.25, shareOfResidual: 0.1, divergence: 0.49, converged: true, positions: 120)
      (first.provenance.blockCount, second.provenance.blockCount) = (24, 30)
      first.provenance.calibration = calibration
      second.provenance.testedOn = "b"
      let others = [
        nil, Calibration(norm: 3.25, shareOfResidual: 0.2, divergence: 0.49, converged: true, positions: 120),
      ]
      for other in others {
        second.provenance.calibration = other
        try writeControlVector([first, second], allowsMismatch: true, to: path)
        for read in try VectorFile.readAll(path) {
          #expect(read.provenance.blockCount == nil && read.provenance.calibration == nil)
          #expect(read.provenance.testedOn == "b")
        }
      }
      (second.provenance.blockCount, second.provenance.calibration) = (24, calibration)
      try writeControlVector([first, second], to: path)
      for read in try VectorFile.readAll(path) {
        #expect(read.provenance.blockCount == 24 && read.provenance.calibration == calibration)
      }
    }
  }

  @Test func filesThatAreNoVectorsAreNamed() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v").path
      for (bytes, words) in [
        (FileKind.hdf5Signature + [0], "an HDF5 file, as stores and maps are; a map is for --map"),
        (Array("{\"name\": \"b\"}".utf8), "`sextant steer extract`"),
        ([0x80, 2, 0x7D, 0x71, 0], "pickled weights of PyTorch; save the tensor"),
      ] {
        try Data(bytes).write(to: URL(filePath: path))
        let error = #expect(throws: FileError.self) { try VectorFile.read(path) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      }
    }
  }

  /// The header of this file is 640 bytes long, which begins as a pickle does.
  @Test func aHeaderOfAnyLengthIsRead() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.safetensors").path
      var written = vector([1, 2, 3])
      written.provenance.testedOn = ""
      try VectorFile.write(written, to: path)
      let start = try Data(contentsOf: URL(filePath: path)).prefix(2)
      let length = Int(start[0]) + 256 * Int(start[1])
      written.provenance.testedOn = String(repeating: "x", count: 640 - length)
      try VectorFile.write(written, to: path)
      #expect([UInt8](try Data(contentsOf: URL(filePath: path)).prefix(3)) == [0x80, 2, 0])
      #expect(try VectorFile.read(path) == written)
    }
  }

  @Test func aVectorBesideAnotherKeepsBoth() throws {
    try withFolder { folder in
      let stem = folder.appending(path: "a--b.ridge.x").path
      let first = try VectorFile.keep(vector([1, 2]), stem: stem)
      #expect(first == stem + ".safetensors")
      #expect(try VectorFile.keep(vector([1, 2]), stem: stem) == first)
      let second = try VectorFile.keep(vector([1, 3]), stem: stem)
      #expect(second != first && second.hasPrefix(stem + "."))
      #expect(try VectorFile.read(first).direction == [1, 2])
      #expect(try VectorFile.read(second).direction == [1, 3])
    }
  }

  /// Whether a vector is there already is not asked of a pipe, which would be waited for.
  @Test(.timeLimit(.minutes(20))) func aVectorBesideAPipeIsKept() throws {
    try withFolder { folder in
      let stem = folder.appending(path: "v").path
      #expect(unsafe mkfifo(stem + ".safetensors", 0o600) == 0)
      let kept = try VectorFile.keep(vector([1, 2]), stem: stem)
      #expect(kept != stem + ".safetensors" && kept.hasPrefix(stem + "."))
      #expect(try VectorFile.read(kept).direction == [1, 2])
    }
  }

  @Test func controlVectorBytes() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.gguf").path
      try writeControlVector([vector([1, 2, 3])], to: path)
      let file = try GGUFFile(path: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      // Magic, version 3, one tensor, three keys of the format and eight of ours.
      #expect([UInt8](bytes.prefix(8)) == [0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0])
      #expect([UInt8](bytes[8..<24]) == [1, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0])
      #expect(file.metadata["general.architecture"]?.string == "controlvector")
      #expect(file.metadata["controlvector.model_hint"]?.string == "llama")
      let tensor = try file.tensor("direction.3")
      #expect(tensor.dequantised().elements == [1, 2, 3])
      #expect(tensor.offset % 32 == 0)
      #expect(bytes.count % 32 == 0)
    }
  }

  @Test func controlVectorsThatTheFormatCannotHoldAreRefused() throws {
    try withFolder { folder in
      let path = folder.appending(path: "v.gguf").path
      #expect(throws: SteeringError.self) { try writeControlVector([], to: path) }
      #expect(throws: SteeringError.self) { try writeControlVector([vector([1], block: 0)], to: path) }
      #expect(throws: SteeringError.self) { try writeControlVector([vector([1]), vector([2])], to: path) }
      #expect(throws: SteeringError.self) { try writeControlVector([vector([.infinity])], to: path) }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test(arguments: [(13, 30, 18, 7), (0, 30, 18, 0), (29, 30, 18, 17), (14, 30, 30, 14), (8, 18, 30, 14)])
  func relativeDepth(source: Int, sourceBlocks: Int, targetBlocks: Int, expected: Int) {
    #expect(
      LayerPolicy.sameDepthBlock(source: source, sourceBlocks: sourceBlocks, targetBlocks: targetBlocks)
        == expected)
  }

  func vector(_ direction: [Float], block: Int = 3) -> SteeringVector {
    SteeringVector(
      direction: direction, point: ActivationPoint(block: block, site: .residualPost),
      provenance: VectorProvenance(
        model: "m", modelHash: "00", architecture: "llama", behaviour: "b", method: "meanDifference",
        tokenPosition: "mean", pairCount: 2))
  }

  func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
