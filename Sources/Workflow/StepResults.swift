public import Alignment
package import Checkpoints
internal import Foundation
public import Geometry
internal import Statistics
public import Steering
package import Stores
internal import Tensors
public import Vocabularies

/// One imported model.
public struct ModelSummary: Sendable, Codable {
  public let name: String
  public let file: String
  public let fileHash: String
  /// The store's own hash.
  public let storeIdentity: String
  public let storePath: String
  public let architecture: String
  public let quantisation: String
  public let vocabularySize: Int
  public let width: Int
  public let isTied: Bool
  /// Mean cosine of a token's embedding with its unembedding; nil where they are one matrix or it was not asked for.
  /// Near 1 the checkpoint holds the same matrix twice, in two quantisations.
  public package(set) var unembeddingCosine: Double?
  public let tokenizerHash: String

  /// Whether the unembedding is the embedding: the same matrix, or the same in another quantisation.
  package var hasOneEmbedding: Bool { isTied || unembeddingCosine ?? 0 > 0.99 }

  /// The matrix in the store that stands for a space.
  package func matrix(of space: EmbeddingSpace) -> EmbeddingSpace { isTied ? .input : space }

  package init(_ model: (name: String, store: EmbeddingStore)) {
    let (name, store) = model
    let provenance = store.provenance
    self.name = name
    (file, fileHash) = (provenance.sourceFile, provenance.sourceSHA256)
    (storeIdentity, storePath) = (store.identity, store.path)
    (architecture, quantisation) = (provenance.architecture, provenance.quantisation)
    (vocabularySize, width, isTied) = (store.vocabularySize, store.width, store.isTied)
    tokenizerHash = provenance.tokenizerSHA256
  }

  /// What is known of a model before its store is written to `path`: no identity yet.
  package init(_ name: String, expectedFrom checkpoint: Checkpoint, hash: String, at path: String) throws {
    let input = try checkpoint.inputEmbedding
    (self.name, storePath, storeIdentity) = (name, path, "")
    (file, fileHash) = (URL(filePath: checkpoint.path).lastPathComponent, hash)
    (architecture, quantisation) = (checkpoint.architecture, checkpoint.quantisation)
    (vocabularySize, width, isTied) = (input.rows, input.columns, try checkpoint.unembedding == nil)
    tokenizerHash = try Workflow.tokenizerHash(checkpoint)
  }

  var identity: ModelIdentity {
    ModelIdentity(name: name, hash: fileHash, tokenizerHash: tokenizerHash)
  }

  /// The store as alignments name it.
  var reference: StoreReference { StoreReference(name: name, identity: storeIdentity, source: fileHash) }
}

/// What two models share in one space.
public struct PairResult: Sendable {
  public let a: String
  public let b: String
  public let space: EmbeddingSpace
  public let match: MatchSummary
  /// What intervals keep together and nulls permute within.
  public let structure: TokenStructureSummary
  public let tokens: MatchedTokens
  /// By measure.
  public let findings: Findings
  public var alignments: [AlignmentResult]
  /// One a direction and method, where learning curves were asked for.
  public var curves: [AlignmentCurve]?
  /// The headline measures with and without tokens that are untrained or copies; nil where none were matched.
  public var untrained: UntrainedEffect?
  /// What figures show of its tokens; nil where no report is made.
  public var picture: TokenPicture?

  /// `A--B`, or `A--B.output` for the unembeddings: the task's name in `results.json`.
  public var name: String { pairName(a, b, space) }
}

/// How many groups and strata the compared tokens of a pair have.
public struct TokenStructureSummary: Sendable, Equatable, Codable {
  /// Groups of tokens that are forms of one word.
  public let forms: Int
  /// nil where nulls permute all tokens.
  public let strata: Int?
  /// Tokens whose own stratum was too small.
  public let pooledTokens: Int?

  init(_ structure: TokenStructure) {
    forms = structure.forms.count
    (strata, pooledTokens) = (structure.strata?.groups.count, structure.strata?.pooled)
  }
}

/// What tasks, steps and files call two models in one space: `A--B`, or `A--B.output` for the unembeddings.
package func pairName(_ a: String, _ b: String, _ space: EmbeddingSpace) -> String {
  matrixName("\(a)--\(b)", space)
}

/// A model's or a pair's name, with that of the space unless it is the input.
package func matrixName(_ name: String, _ space: EmbeddingSpace) -> String {
  name + (space == .input ? "" : ".\(space.rawValue)")
}

/// How many tokens two vocabularies share, and what the filter left.
public struct MatchSummary: Sendable, Codable {
  public let matched: Int
  public let sizes: [Int]
  public let unmatched: [Int]
  public let collisions: [Int]
  public let coverage: [Double]
  public let reasons: [String: Int]
  public let rejected: [String: Int]
  /// Pairs that pass the filter: the tokens of every measure.
  public let used: Int
  /// What was found in the two vocabularies of rows that no training has told apart.
  public let untrained: [UntrainedSummary]
}

/// One map from one model to another, with its held-out scores.
public struct AlignmentResult: Sendable, Codable {
  public let source: String
  public let target: String
  public let method: String
  /// The map's file and its hash; nil for a method without a matrix.
  public let path: String?
  public let identity: String?
  public let trainingTokens: Int
  public let heldOutTokens: Int
  /// nil for a method without a matrix.
  public let conditionNumber: Double?
  public let lambda: Double?
  public let scores: AlignmentScores
  /// The task's name in `results.json`.
  package var name: String { "\(source)--\(target)/\(method)" }
  /// What the map has left on disk.
  package var files: [String] { [path].compactMap { $0 } }
  /// How often tokens are found among the most rows.
  package var widest: Retrieval { scores.retrieval[0] }
  /// The same method fitted on shuffled token pairs.
  public let shuffled: AlignmentScores
  /// The anchors that the method found; nil where they were given.
  public let found: FoundAnchors?
  /// The scores of each class of tokens, where they were asked for.
  public let classes: [ClassScores]?

  /// The scores of one class of tokens.
  public struct ClassScores: Sendable, Codable {
    public let tokenClass: TokenClass
    public let scores: AlignmentScores
  }
}

/// Held-out scores of one method over the number of anchors.
public struct AlignmentCurve: Sendable, Codable {
  public let source: String
  public let target: String
  public let method: String
  public let curve: LearningCurve

  /// Before the number of anchors in the tasks' names in `results.json`.
  package var name: String { "\(source)--\(target)/\(method)" }
}

/// One behaviour carried from one model to another.
public struct TransferResult: Sendable, Codable {
  public let source: String
  public let target: String
  public let method: String
  public let sourceBlock: Int
  /// How the target's block was found; nil where it was given.
  public let layer: LayerPolicy?
  /// How the vector was made: a name of `DirectionEstimators`, or what another tool's file says.
  public let extraction: String
  /// The share of the source vector's norm in its largest dimension; near 1 the vector is an artefact.
  public let sourceLargestShare: Double
  /// The carried vector at dose 1, and the same as a control vector; nil where no file was asked for, or cannot hold it.
  public let vectorPath: String?
  public let controlVectorPath: String?
  public let validation: Validation
  /// What it comes to among all behaviours that were carried in this direction.
  public package(set) var judgement: Judgement

  /// `SOURCE--TARGET/BEHAVIOUR`, the task's name in `results.json`.
  public var name: String { "\(source)--\(target)/\(validation.behaviour)" }

  /// What the transfer has left on disk.
  package var files: [String] { [vectorPath, controlVectorPath].compactMap { $0 } }
}
