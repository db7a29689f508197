public import Transformers

/// A direction in the residual stream of one model, and where in the model it belongs.
///
/// Vectors of the same model and point form a vector space: `a + b`, `a - b`, `2 * a`, `-a`.
public struct SteeringVector: Sendable, Equatable {
  /// d_model numbers, in units of the residual stream.
  public let direction: [Float]
  /// The block (from 0) and the site at which the direction was read and is to be added.
  public let point: ActivationPoint
  public var provenance: VectorProvenance

  /// A direction of `point`, with where it comes from.
  public init(direction: [Float], point: ActivationPoint, provenance: VectorProvenance) {
    self.direction = direction
    self.point = point
    self.provenance = provenance
  }

  /// The Euclidean norm, accumulated in Double.
  public var norm: Double {
    direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// The largest |element| over the norm. Near 1, one massive dimension is all there is to the direction: it was
  /// read where attention sinks drown the text.
  public var largestShare: Double {
    norm > 0 ? Double(direction.map(abs).max() ?? 0) / norm : 0
  }

  /// The same direction with another norm; the zero vector stays zero.
  public func scaled(toNorm target: Double) -> SteeringVector {
    norm > 0 ? (target / norm) * self : self
  }

  /// An edit that adds `dose` times the vector; dose 0 is no edit at all.
  public func intervention(dose: Double, positions: Edit.Positions = .all) -> Intervention {
    guard dose != 0 else { return .none }
    return Intervention([Edit(.add((dose * self).direction), at: point, positions: positions)])
  }

  /// `Σ aᵢ bᵢ / (‖a‖ ‖b‖)`; `nil` if either vector is zero.
  public func cosine(_ other: SteeringVector) -> Double? {
    let product = zip(direction, other.direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let norms = norm * other.norm
    return norms > 0 ? product / norms : nil
  }

  /// Element by element; the left side's provenance is kept.
  public static func + (a: SteeringVector, b: SteeringVector) -> SteeringVector {
    precondition(
      a.direction.count == b.direction.count && a.point == b.point,
      "vectors of width \(a.direction.count) at \(a.point) and \(b.direction.count) at \(b.point)")
    return a.with(direction: zip(a.direction, b.direction).map { $0 + $1 })
  }

  /// Element by element; the left side's provenance is kept.
  public static func - (a: SteeringVector, b: SteeringVector) -> SteeringVector { a + -b }

  /// Every number with its sign changed.
  public static prefix func - (a: SteeringVector) -> SteeringVector {
    a.with(direction: a.direction.map { -$0 })
  }

  /// Every number times `factor`.
  public static func * (factor: Double, a: SteeringVector) -> SteeringVector {
    a.with(direction: a.direction.map { Float(factor) * $0 })
  }

  /// Another direction of the same origin: what was measured of this one is not known of it.
  package func with(direction: [Float]) -> SteeringVector {
    var provenance = provenance
    (provenance.calibration, provenance.testedOn) = (nil, nil)
    return SteeringVector(direction: direction, point: point, provenance: provenance)
  }

  /// What the vector is, for errors.
  var words: String { place + " of \(provenance.model)" }

  /// The same where the model is named apart.
  var place: String { "the vector of \(provenance.behaviour) at block \(point.block)" }
}

/// A model as files and reports call it.
public struct ModelIdentity: Sendable, Equatable, CustomStringConvertible {
  public let name: String
  /// SHA-256 of the model's file, hexadecimal.
  public let hash: String
  /// SHA-256 of its tokens, as in its store; nil where it was not asked for.
  public let tokenizerHash: String?

  public init(name: String, hash: String, tokenizerHash: String? = nil) {
    (self.name, self.hash, self.tokenizerHash) = (name, hash, tokenizerHash)
  }

  public var description: String { hash.isEmpty ? name : "\(name) (SHA-256 \(hash.prefix(12))…)" }

  /// What the hash of the tokens says of two files with different hashes.
  func likeness(to other: ModelIdentity) -> String {
    guard let tokenizerHash, let second = other.tokenizerHash else { return "" }
    return tokenizerHash == second ? ", though their tokens are the same" : ", and their tokens differ"
  }
}

/// Where a steering vector comes from, in the words that its file carries.
public struct VectorProvenance: Sendable, Equatable {
  /// The model that the vector belongs to.
  public var model: String
  /// SHA-256 of that model's file, hexadecimal.
  public var modelHash: String
  /// Its architecture (`llama`, `gemma3`, …): control-vector readers ask for it.
  public var architecture: String
  /// The contrast set's name.
  public var behaviour: String
  /// How the direction was found, in words.
  public var method: String
  /// Which positions were read, in words.
  public var tokenPosition: String
  /// Contrast pairs used.
  public var pairCount: Int
  /// For a transferred vector: the alignment and the source model, in words.
  public var transferredBy: String?
  /// SHA-256 of the model's tokens, as in its store; nil in files of older versions.
  public var tokenizerHash: String?
  /// The model's blocks, n_layers; nil in files of older versions.
  public var blockCount: Int?
  /// For a transferred vector: the model that it was read in.
  public var source: ModelIdentity?
  /// For a transferred vector: the alignment's own hash; nil for a map that was not kept.
  public var alignmentHash: String?
  /// What dose 1 does to the model; nil for a vector whose norm was not calibrated.
  public var calibration: Calibration?
  /// What the vector was tested on and what came out, in words; nil for one that was not tested.
  public var testedOn: String?
  /// For a control vector of another tool: by which ``ControlVectorConvention`` its blocks were taken, and whether that was
  /// assumed; nil for vectors of ours.
  public var convention: String?

  /// The model that the vector belongs to.
  public var identity: ModelIdentity {
    ModelIdentity(name: model, hash: modelHash, tokenizerHash: tokenizerHash)
  }

  public init(
    model: String, modelHash: String, architecture: String, behaviour: String, method: String,
    tokenPosition: String, pairCount: Int, transferredBy: String? = nil
  ) {
    self.model = model
    self.modelHash = modelHash
    self.architecture = architecture
    self.behaviour = behaviour
    self.method = method
    self.tokenPosition = tokenPosition
    self.pairCount = pairCount
    self.transferredBy = transferredBy
  }
}
