internal import Checkpoints
internal import Foundation
internal import Tensors
internal import Tokenizers
public import Transformers

/// Which positions of a prompt are read.
public enum ReadPositions: Sendable, Equatable {
  case last
  case all
  /// Counted from 0; negative ones from the end, -1 is the last.
  case some([Int])

  /// - Throws: ``LensError`` for one that the prompt does not have.
  func places(of length: Int) throws(LensError) -> [Int] {
    switch self {
    case .last: return [length - 1]
    case .all: return Array(0..<length)
    case .some(let positions):
      var places: [Int] = []
      for position in positions {
        let place = position < 0 ? length + position : position
        guard (0..<length).contains(place) else { throw .position(position, length: length) }
        places.append(place)
      }
      return places
    }
  }
}

/// What a lens reads of a prompt: tokens x layers.
public struct LensReading: Sendable, Codable {
  /// One layer at one position.
  public struct Cell: Sendable, Codable {
    public let layer: Int
    public let position: Int
    /// The most probable tokens, most probable first.
    public let top: [ReadToken]
    /// KL(model ‖ lens) in nats: 0 where the lens says what the model says at the end.
    public let divergence: Double
  }

  public let model: String
  public let lens: String
  /// The prompt's tokens, escaped.
  public let tokens: [String]
  public let positions: [Int]
  public let layers: [Int]
  /// Layer after layer, in each position after position.
  public let cells: [Cell]

  /// Reads a prompt. Cost: a forward pass, and the logits of each layer and position.
  /// - Parameters:
  ///   - name: what the model is called; nil takes its own name.
  ///   - layers: nil reads all that the lens has.
  ///   - count: how many tokens of each cell.
  /// - Throws: ``LensError`` for a layer or a position that is not there; `TransformerError`.
  public init(
    _ lens: any Lens, of name: String? = nil, prompt: String, layers: [Int]? = nil,
    positions: ReadPositions = .last, count: Int = 5
  ) throws {
    let model = lens.model
    let sequence = model.tokenizer.encode(prompt)
    guard !sequence.isEmpty else { throw TransformerError.emptySequence(sequence: 0) }
    let layers = layers ?? lens.layers
    for layer in layers { try lens.check(layer: layer, width: model.configuration.width) }
    let places = try positions.places(of: sequence.count)
    let last = model.configuration.blockCount - 1
    let states = try model.states(of: [sequence], at: Array(Set(layers + [last])).sorted())
    guard let output = states[last] else {
      throw LensError.layer(last, lens: lens.name, model: model.name, known: layers)
    }
    var cells: [[Cell]] = layers.map { _ in [] }
    // A few rows of logits at a time, each a vocabulary long.
    for start in stride(from: 0, to: places.count, by: 64) {
      let part = Array(places[start..<min(places.count, start + 64)])
      let p = try model.unembed(output.selecting(rows: part))
      for (index, layer) in layers.enumerated() {
        let q = try lens.logits((states[layer] ?? output).selecting(rows: part), layer: layer)
        let divergences = divergences(p, q)
        cells[index] += part.indices.map { row in
          let logits = q.elements.span.extracting(q.range(ofRow: row))
          let total = logSumExp(logits)
          return Cell(
            layer: layer, position: part[row],
            top: largest(count, of: logits).map { id in
              ReadToken(
                id: id, text: model.tokenizer.shownText(of: id), value: exp(Double(logits[id]) - total))
            }, divergence: divergences[row])
        }
      }
    }
    (self.model, self.lens) = (name ?? model.name, lens.name)
    tokens = sequence.map(model.tokenizer.shownText(of:))
    (self.positions, self.layers, self.cells) = (places, layers, Array(cells.joined()))
  }

  /// The cell of a layer and a position.
  public func cell(layer: Int, position: Int) -> Cell? {
    cells.first { $0.layer == layer && $0.position == position }
  }
}

/// What directions of a layer say, through the linear part of a lens: `W_U (γ ⊙ M_l v)`.
public struct DirectionReading: Sendable, Codable {
  public let model: String
  public let lens: String
  public let layer: Int
  /// The tokens whose logits grow most along the direction, and those whose logits fall most; values in standard deviations of all
  /// the vocabulary's logits around their mean.
  public let promoted: [ReadToken]
  public let suppressed: [ReadToken]
  /// The largest and the least value of random directions of the final residual stream (isotropic), for comparison: means over draws.
  public let randomLargest: Double
  public let randomLeast: Double
  /// How many were drawn.
  public let randomDraws: Int

  /// - Parameter name: what the model is called; nil takes its own name.
  /// - Throws: ``LensError`` for a layer or a width that does not fit; `TransformerError`.
  public init(
    _ lens: any Lens, of name: String? = nil, direction: [Float], layer: Int, count: Int = 10,
    seed: UInt64 = 1
  ) throws {
    try lens.check(layer: layer, width: direction.count)
    let rows = Matrix(rows: 1, columns: direction.count, elements: direction)
    try self.init(
      lens.model, of: name, lens: lens.name,
      image: try lens.transported(directions: rows, from: layer).elements,
      layer: layer,
      count: count, seed: seed)
  }

  /// - Parameter image: the direction, carried to the final residual stream (``JacobianDirection``).
  public init(
    _ model: Model, of name: String? = nil, lens: String, image: [Float], layer: Int, count: Int = 10,
    seed: UInt64 = 1
  ) throws {
    let draws = 20
    var random = SeededRandom(seed: seed)
    let noise = (0..<draws * image.count).map { _ in Float(random.normal()) }
    let logits = try model.unembed(
      directions: Matrix(rows: draws + 1, columns: image.count, elements: image + noise))
    let scores = (0...draws).map { Self.standardised(logits.row($0)) }
    (self.model, self.lens, self.layer) = (name ?? model.name, lens, layer)
    func tokens(_ sign: Float) -> [ReadToken] {
      let signed = scores[0].map { sign * $0 }
      return largest(count, of: signed.span).map {
        ReadToken(id: $0, text: model.tokenizer.shownText(of: $0), value: Double(scores[0][$0]))
      }
    }
    (promoted, suppressed) = (tokens(1), tokens(-1))
    randomDraws = draws
    randomLargest = scores.dropFirst().reduce(0) { $0 + Double($1.max() ?? 0) } / Double(draws)
    randomLeast = scores.dropFirst().reduce(0) { $0 + Double($1.min() ?? 0) } / Double(draws)
  }

  /// Less their mean, over their standard deviation; zero where they do not vary.
  private static func standardised(_ logits: [Float]) -> [Float] {
    let n = Double(max(logits.count, 1))
    let mean = logits.reduce(0.0) { $0 + Double($1) } / n
    let spread = (logits.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n).squareRoot()
    return logits.map { spread > 0 ? Float((Double($0) - mean) / spread) : 0 }
  }
}
