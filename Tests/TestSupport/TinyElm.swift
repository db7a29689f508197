package import Foundation
package import Stores
internal import Tensors

/// A domain of 60 words and an embedding language model of it whose adapter has random weights, as files.
///
/// Each word's gloss is of two others, so that texts can be encoded; half of the words are of the kind `even`.
package struct TinyElm {
  package let domain: Domain
  package let path: String

  /// Writes `tiny.domain.h5` and `NAME.elm.h5` into a folder.
  ///
  /// - Parameters:
  ///   - model: the checkpoint's name and SHA-256.
  ///   - width: the language model's.
  package init(
    _ name: String = "tiny", in folder: URL, model: StoreReference, width: Int, tokens: Int = 2,
    seed: UInt64 = 1
  ) throws {
    let count = 60
    var random = SeededRandom(seed: 11)
    // What a model says that knows characters alone is a word of the domain now and then.
    let characters = "abcdefghijklmnopqrstuvwxyz0123456789".map(String.init)
    let names = (0..<count).map { $0 < characters.count ? characters[$0] : TinyStores.letters(100 + 7 * $0) }
    domain = Domain(
      name: "tiny", recipe: "wordnet-glove: a test",
      sources: [.init(name: "nothing", sha256: String(repeating: "0", count: 64), licence: "free")],
      names: names, vectors: normalMatrix(count, 6, &random),
      fields: [
        .init("gloss", (0..<count).map { ["\(names[($0 + 1) % count]) or \(names[($0 * 3 + 2) % count])"] }),
        .init("kind", (0..<count).map { [$0 % 2 == 0 ? "even" : "odd"] }),
      ], toolVersion: "test", date: "2026-01-01T00:00:00Z")
    let domainPath = folder.appending(path: "tiny\(Domain.ending)").path
    if !FileManager.default.fileExists(atPath: domainPath) { try domain.write(to: domainPath) }
    var own = SeededRandom(seed: seed)
    path = folder.appending(path: "\(name)\(ElmStore.ending)").path
    try ElmRecord(
      model: model, domain: StoreReference(name: "tiny", identity: Domain.identified(domainPath).identity),
      domainWidth: 6, tokenCount: tokens, modelWidth: width, hidden: 0, norm: 1,
      standardisation: .init(mean: [Float](repeating: 0, count: 6), scale: 1),
      adapter: [
        .init("weight", normalMatrix(tokens * width, 6, &own)),
        .init("bias", normalMatrix(1, tokens * width, &own)),
      ], weights: [], alpha: 0, isChat: false, tasksName: "tiny",
      tasks: """
        tasks:
          - {name: gloss, prompt: "what is {vector}?", answer: "{gloss}"}
          - {name: kind, prompt: "{vector} is", answer: "{kind}"}
        """, test: 0.3, validation: 0.1, splitSeed: 1, seed: seed, step: 1, options: "{}", losses: [2, 1],
      evaluations: [], toolVersion: "test", date: "2026-01-01T00:00:00Z"
    ).write(to: path)
  }
}
