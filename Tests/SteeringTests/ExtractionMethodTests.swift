import Checkpoints
import Foundation
import Steering
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

/// The methods that need no contrast pairs.
@Suite struct ExtractionMethodTests {
  private let identity = ModelIdentity(name: "tiny", hash: "00", tokenizerHash: "11")

  private func model(_ name: String) throws -> Model { try Model.load(Checkpoint.open(tinyCheckpoint(name))) }

  /// Entries of the vocabulary that spell valid text, spread over it.
  private func tokens(of model: Model, _ count: Int) -> [Token] {
    let all = model.tokenizer.vocabulary.filter {
      $0.kind == .normal && !$0.bytes.isEmpty && String(validating: $0.bytes, as: UTF8.self) != nil
    }
    return (0..<count).map { all[(2 * $0 + 1) * all.count / (2 * count)] }
  }

  private func text(_ token: Token) -> String { String(decoding: token.bytes, as: UTF8.self) }

  @Test func namesAreThoseOfFilesAndOfTheCommandLine() {
    #expect(
      ExtractionMethods.all.map { $0.word }
        == ["mean-difference", "principal-component", "token-direction", "latent-vector"])
    for method in ExtractionMethods.all {
      #expect(ExtractionMethods.named(method.name)?.word == method.word)
      #expect(ExtractionMethods.named(method.word)?.name == method.name)
    }
    #expect(ExtractionMethods.named("latent") == nil)
    // Studies take those of pairs alone.
    #expect(DirectionEstimators.named("token-direction") == nil)
  }

  /// At its norm it does more for its tokens than any random direction, in each family, and says so in its file.
  @Test(arguments: ["llama", "qwen2", "gemma3"])
  func aTokenDirectionPromotesItsTokens(_ family: String) throws {
    let model = try model(family)
    let chosen = tokens(of: model, 3)
    var method = TokenDirection([text(chosen[0]), text(chosen[1])], against: [text(chosen[2])])
    method.calibration.targetDivergence = 0.05
    let (vector, promotion) = try method.vector(in: model, block: 1, identity: identity)
    #expect(promotion.change > 0 && promotion.random.count == 19)
    #expect(promotion.random.allSatisfy { $0 < promotion.change }, "\(promotion)")
    #expect(promotion.pValue == 0.05)
    // What it promotes it demotes the other way round.
    let turned = try TokenDirection([text(chosen[2])], against: [text(chosen[0]), text(chosen[1])])
      .vector(in: model, block: 1, identity: identity).vector
    #expect(try #require(vector.cosine(turned)) < -0.999)
    let provenance = vector.provenance
    #expect(
      provenance.method == "tokenDirection" && provenance.extraction == nil && provenance.pairCount == 0)
    #expect(provenance.behaviour == method.behaviour && provenance.testedOn == promotion.words)
    #expect(abs(vector.norm - (provenance.calibration?.norm ?? 0)) < 1e-3 * vector.norm)
  }

  /// The last block's direction is the row itself: nothing lies between it and the final norm.
  @Test func theLastBlocksDirectionIsTheRow() throws {
    let model = try model("llama")
    let token = tokens(of: model, 1)[0]
    let vector = try TokenDirection([text(token)]).vector(
      in: model, block: model.configuration.blockCount - 1, identity: identity
    ).vector
    let row = zip(model.unembedding.selecting(rows: [token.id]).elements, model.finalNorm.weight).map {
      $0 * $1
    }
    let expected = SteeringVector(direction: row, point: vector.point, provenance: vector.provenance)
    #expect(try #require(vector.cosine(expected)) > 0.99999)
  }

  @Test func aTextThatIsNoTokenIsSplit() throws {
    let model = try model("llama")
    #expect {
      try TokenDirection(["the harbour master"]).vector(in: model, block: 0, identity: identity)
    } throws: { error in
      guard case .unknownToken("the harbour master", _, let parts)? = error as? SteeringError else {
        return false
      }
      return parts.count > 1 && parts.joined() == "the harbour master"
    }
  }

  /// Greedy decoding under the vector writes the text, which it does not without, nor under random vectors as long.
  @Test(arguments: ["llama", "qwen2", "gemma3"])
  func aLatentVectorWritesItsText(_ family: String) throws {
    let model = try model(family)
    var random = SeededRandom(seed: 5)
    let pieces = tokens(of: model, 40)
    let text = (0..<2).map { _ in self.text(pieces[Int(random.next() % 40)]) }.joined()
    let method = LatentVector(of: text, after: "the")
    let (vector, recovery) = try method.vector(in: model, block: 0, identity: identity, behaviour: "a.txt")
    #expect(recovery.with.recovered == 1, "\(recovery.words)")
    #expect(recovery.with.nats < 0.5 * recovery.without.nats)
    #expect(recovery.without.recovered < 1 && recovery.random.allSatisfy { $0.recovered < 1 })
    #expect(recovery.random.allSatisfy { $0.nats > recovery.with.nats })
    // As `sextant generate --vector` applies it.
    let start = model.tokenizer.encodeStart("the")
    let written = try model.generate(
      [start], options: GenerationOptions(maximumTokens: recovery.tokens, stopTokens: []),
      intervention: vector.intervention(dose: 1))[0]
    #expect(start + written == model.tokenizer.encodeStart("the" + text))
    #expect(vector.provenance.method == "latentVector" && vector.provenance.testedOn == recovery.words)
  }

  @Test func aTextNeedsATokenInFrontOfIt() throws {
    let model = try model("qwen2")
    for (text, prompt) in [("", "the"), (" a", "")] {
      #expect(throws: SteeringError.self, "\(text), \(prompt)") {
        try LatentVector(of: text, after: prompt).vector(
          in: model, block: 0, identity: identity, behaviour: "b")
      }
    }
  }
}
