internal import Checkpoints
public import Files
public import Steering
public import Stores
public import Tokenizers
internal import Transformers
internal import Workflow

/// A model as points are asked about it: its store, and its blocks where the checkpoint is at hand.
public struct PointModel: Sendable {
  public let name: String
  public let store: EmbeddingStore
  /// The vocabulary, one token a row.
  public let tokens: [Token]
  /// The blocks; nil with a store alone.
  public let runnable: NamedModel?
  /// Why there are no blocks; nil where there are.
  public let gap: PointGap?

  /// Cost: reads the vocabulary.
  /// - Parameter runnable: the model that the store was imported from, or why it can't be had.
  public init(
    _ name: String, _ store: EmbeddingStore, runnable: Result<NamedModel, PointGap>
  ) throws(StoreError) {
    (self.name, self.store) = (name, store)
    tokens = try store.readTokens()
    switch runnable {
    case .success(let model): (self.runnable, gap) = (model, nil)
    case .failure(let gap): (self.runnable, self.gap) = (nil, gap)
    }
  }

  public var width: Int { store.width }
  public var blocks: Int? { runnable?.model.configuration.blockCount }

  /// The model as files name it.
  public var identity: ModelIdentity {
    ModelIdentity(
      name: name, hash: store.provenance.sourceSHA256, tokenizerHash: store.provenance.tokenizerSHA256)
  }

  /// A token as reports print it, with ▁ for the start of a word.
  public func word(_ id: Int) -> String { tokens[id].word }
}

/// Why a part of a reading can't be had, and which command makes what it needs.
public struct PointGap: Failure, Equatable, Codable {
  public let reason: String
  /// A command, or what to do in words; nil where nothing helps.
  public let remedy: String?

  public init(_ reason: String, remedy: String? = nil) { (self.reason, self.remedy) = (reason, remedy) }

  /// As one sentence.
  public var words: String { reason + (remedy.map { ": " + $0 } ?? "") }

  public var description: String { words }
  public var kind: FailureKind { .badInput }
}
