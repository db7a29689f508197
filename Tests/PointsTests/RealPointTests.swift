import Checkpoints
import Foundation
import Geometry
import Points
import Steering
import Stores
import Tensors
import TestSupport
import Testing
import Transformers
import Workflow

/// Points of real models; needs their files.
@Suite struct RealPointTests {
  /// The model with its store, or `nil` with a message that nothing was tested.
  private func open(_ file: String, _ name: String, in stores: TinyStores) throws -> PointModel? {
    guard let path = realCheckpoint(file) else { return nil }
    let checkpoint = try Checkpoint.open(path)
    let (hash, store) = (checkpoint.sha256(), stores.folder.appending(path: "\(name).h5").path)
    try importCheckpoint(checkpoint, name: name, hash: hash, to: store)
    return try PointModel(
      name, EmbeddingStore.open(store),
      runnable: .success(NamedModel(Model.load(checkpoint), ModelIdentity(name: name, hash: hash))))
  }

  @Test func aTokenReadsAsItselfAndAGaussianNowhere() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    guard let model = try open("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2-135m", in: stores) else { return }
    var options = PointReadingOptions()
    options.words = nil
    let reader = PointReader(model, others: .none, options: options)
    let token = try reader.read(#"token:" Paris""#)
    let lists = try #require(token.neighbours.content)
    #expect(lists.allSatisfy { $0.identical == ["▁Paris"] })
    #expect(try #require(token.alarm.content).pValue > 0.05)
    // The embedding is tied, but the final norm has weights of its own: nearly the first of 49,152 where it enters.
    #expect(try #require(token.lenses[0].reading.content).rows[0].ownRank ?? .max <= 50)
    #expect(token.verdict[0].contains("'▁Paris'"))

    var random = SeededRandom(seed: 5)
    let gaussian = normalMatrix(1, model.width, &random)
    let path = stores.folder.appending(path: "gaussian.npy").path
    try numpyFile("<f4", shape: "\(model.width),", bytes(gaussian.elements)).write(to: URL(filePath: path))
    let nowhere = try reader.read("row:\(path)#0@input")
    #expect(try #require(nowhere.alarm.content).isRaised)
    #expect(nowhere.verdict.contains { $0.hasPrefix("It lies nowhere") }, "\(nowhere.verdict)")
  }
}
