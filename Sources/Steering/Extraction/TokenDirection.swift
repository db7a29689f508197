internal import Lenses
internal import Statistics
internal import Tensors
internal import Tokenizers
public import Transformers

/// The direction at a layer that promotes given tokens: steering given by words, without pairs.
///
///     v = J_lᵀ (γ ⊙ w),   w = mean of W_U[promoted] - mean of W_U[demoted]
///
/// J_l is the Jacobian lens of the output of block l (Gurnee et al. 2026), γ the weights of the final norm: v is a row, or a mean of
/// rows less the mean of others, of `W_U diag(γ) J_l`. One reverse pass a passage, no lens is fitted. A gradient has no length of its
/// own, so the vector gets the norm at which dose 1 moves the model by the calibration's divergence over neutral text.
public struct TokenDirection: Sendable {
  public static let name = "tokenDirection"
  /// Neutral texts that ``Promotion`` is a mean over: a quick look, where calibration takes all.
  private static let measuredTexts = 24

  /// The texts of the tokens to write more often, one token each.
  public let promoted: [String]
  /// Those to write less often.
  public let demoted: [String]
  /// Sets the norm.
  public var calibration = CalibrationOptions()
  /// Vectors of the null.
  public var draws = 19
  /// Of the null.
  public var seed: UInt64 = 1

  /// - Precondition: at least one promoted token.
  public init(_ promoted: [String], against demoted: [String] = []) {
    precondition(!promoted.isEmpty, "a direction that promotes no token")
    (self.promoted, self.demoted) = (promoted, demoted)
  }

  /// The tokens as files call them: `" good", " fine" against " bad"`.
  public var behaviour: String {
    func list(_ tokens: [String]) -> String { tokens.map { "\"\($0)\"" }.joined(separator: ", ") }
    return list(promoted) + (demoted.isEmpty ? "" : " against " + list(demoted))
  }

  /// The vector of the output of a block, and what it does to the tokens' probability.
  ///
  /// - Throws: `SteeringError.unknownToken` for a text that is no token of the model, naming those that it is made of; what the lens
  ///   and the model throw.
  public func vector(
    in model: Model, block: Int, identity: ModelIdentity
  ) throws -> (vector: SteeringVector, promotion: Promotion) {
    let up = try promoted.map { try model.tokenizer.token($0, of: model.name) }
    let down = try demoted.map { try model.tokenizer.token($0, of: model.name) }
    let found = try JacobianDirection.pulledBack(
      try model.readout(of: up, against: down), layer: block, in: model)
    let raw = SteeringVector(
      direction: found.image, point: ActivationPoint(block: block, site: .residualPost),
      provenance: VectorProvenance(
        of: model, identity, behaviour: behaviour, method: Self.name, tokenPosition: "all"))
    try raw.requireDirection()
    let texts = try ContrastSet.neutralTexts()
    let states = try residualStates(of: model, at: raw.point, texts: texts)
    var vector = try raw.calibrated(
      in: model, neutralTexts: texts, scale: ResidualScale(point: raw.point, states: states),
      options: calibration
    ).vector
    let meter = try PromotionMeter(model, Array(texts.prefix(Self.measuredTexts)), at: vector.point, up, down)
    let noise = vector.residualNoise(like: states, count: draws, seed: seed)
    let promotion = Promotion(
      change: try meter.change(vector), random: try noise.map { try meter.change($0) },
      relativeError: found.relativeError, passages: found.perPrompt.rows)
    vector.provenance.testedOn = promotion.words
    return (vector, promotion)
  }
}

/// How much more probable a vector makes its tokens over neutral text, beside random vectors as long.
public struct Promotion: Sendable, Equatable, Codable {
  /// Mean change of `ln p` of the promoted tokens, less that of the demoted ones, at dose 1; nats.
  public let change: Double
  /// The same of directions from N(0, Σ), Σ the covariance of the model's own states, at the vector's norm.
  public let random: [Double]
  /// The direction's standard error over passages as a share of its norm.
  public let relativeError: Double?
  public let passages: Int

  /// `(1 + #{random ≥ change}) / (draws + 1)`.
  public var pValue: Double {
    Double(1 + random.count { $0 >= change }) / Double(random.count + 1)
  }

  /// What was found, in a sentence without its full stop.
  public var words: String {
    let error = relativeError.map { ", standard error \(short($0)) of its norm" } ?? ""
    return
      "over neutral text, dose 1 changes ln p of its tokens by \(short(change)); \(random.count) random vectors as long by "
      + "\(short(random.min() ?? 0)) to \(short(random.max() ?? 0)), p = \(short(pValue)); a mean over \(passages) passages\(error)"
  }
}

/// Measures ``Promotion/change`` at the middle and the end of each neutral text.
private struct PromotionMeter {
  let model: Model
  let places: NeutralPlaces
  let promoted: [Int]
  let demoted: [Int]
  private var before = 0.0

  init(
    _ model: Model, _ texts: [String], at point: ActivationPoint, _ promoted: [Int], _ demoted: [Int]
  ) throws {
    (self.model, self.promoted, self.demoted) = (model, promoted, demoted)
    places = try NeutralPlaces(model, texts: texts, at: point)
    before = try mean(under: .none)
  }

  func change(_ vector: SteeringVector) throws -> Double {
    try mean(under: vector.measured(dose: 1, in: model)) - before
  }

  private func mean(under intervention: Intervention) throws -> Double {
    let logits = try model.logits(
      continuing: places.prefix, selecting: places.selection, intervention: intervention)
    let sums = parallelMap(count: logits.rows) { row in
      let next = NextTokenDistribution(logits, row: row)
      func mean(_ tokens: [Int]) -> Double {
        tokens.isEmpty ? 0 : tokens.reduce(0) { $0 + next.logProbability(of: $1) } / Double(tokens.count)
      }
      return mean(promoted) - mean(demoted)
    }
    return sums.reduce(0, +) / Double(sums.count)
  }
}

extension Model {
  /// `γ ⊙ w`: the mean of the promoted tokens' directions in the final stream less that of the demoted ones.
  fileprivate func readout(
    of promoted: [Int], against demoted: [Int]
  ) throws(TransformerError) -> [Float] {
    let up = try promotingDirections(of: promoted).columnMeans
    guard !demoted.isEmpty else { return up.map(Float.init) }
    return zip(up, try promotingDirections(of: demoted).columnMeans).map { Float($0 - $1) }
  }
}

extension Tokenizer {
  /// The token that stands for exactly this text.
  fileprivate func token(_ text: String, of model: String) throws(SteeringError) -> Int {
    let bytes = Array(text.utf8)
    if let token = vocabulary.first(where: { $0.kind == .normal && $0.bytes == bytes && !bytes.isEmpty }) {
      return token.id
    }
    let parts = encode(text, addingSpecial: false).map { decode([$0]) }
    throw .unknownToken(text: text, model: model, parts: parts)
  }
}
