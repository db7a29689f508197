internal import Checkpoints
internal import Domains
internal import Stores
internal import Tensors
internal import Training
internal import Transformers

/// Examples of a domain as a model reads them: tokens, and numbers of the points that stand between them.
struct ElmExamples {
  /// Standardised, a row a point.
  private(set) var points: Matrix<Float>
  private let domain: Domain
  private let standardisation: ElmRecord.Standardisation
  private let writer: PromptWriter
  private let context: Int
  private let pseudoTokens: Int
  private var numbers: [[Int]: Int] = [:]
  private var prompts: [[String?]: [PromptWriter.Piece]] = [:]

  init(
    of domain: Domain, _ standardisation: ElmRecord.Standardisation, _ writer: PromptWriter, context: Int,
    pseudoTokens: Int
  ) {
    (self.domain, self.standardisation, self.writer) = (domain, standardisation, writer)
    (self.context, self.pseudoTokens) = (context, pseudoTokens)
    points = Matrix(rows: 0, columns: domain.width, elements: [])
  }

  /// - Throws: `DomainError.task` for an example that is longer than the model's context.
  mutating func read(_ examples: [ElmExample]) throws -> [PseudoTokenExample] {
    var new: [Float] = []
    var result: [PseudoTokenExample] = []
    result.reserveCapacity(examples.count)
    for example in examples {
      var vectors = example.points.makeIterator()
      let prompt = try pieces(of: example).map { piece -> PseudoTokenExample.Piece in
        switch piece {
        case .tokens(let tokens): return .tokens(tokens)
        case .vector:
          guard let point = vectors.next() else { return .tokens([]) }
          return .vector(number(of: point, &new))
        }
      }
      let read = PseudoTokenExample(prompt, target: writer.tokens(ofAnswer: example.answer))
      let length = read.length(pseudoTokens: pseudoTokens)
      try [example].requireFit(context: context, in: domain) { _ in length }
      result.append(read)
    }
    points = Matrix(
      rows: points.rows + new.count / domain.width, columns: domain.width, elements: points.elements + new)
    return result
  }

  private mutating func pieces(of example: ElmExample) throws -> [PromptWriter.Piece] {
    let parts = example.prompt.map { piece -> String? in if case .text(let text) = piece { text } else { nil }
    }
    if let known = prompts[parts] { return known }
    let pieces = try writer.pieces(of: parts)
    prompts[parts] = pieces
    return pieces
  }

  private mutating func number(of point: ElmExample.Point, _ new: inout [Float]) -> Int {
    let key = point.terms.flatMap { [$0.item, Int($0.weight.bitPattern)] }
    if let known = numbers[key] { return known }
    let vector = Matrix(rows: 1, columns: domain.width, elements: point.vector(in: domain))
    new += standardisation.applied(to: vector).elements
    numbers[key] = numbers.count
    return numbers.count - 1
  }
}

extension PseudoTokenExample {
  /// What the model reads before the target.
  /// - Parameter tokens: the K pseudo-tokens of a vector.
  func input(_ tokens: (Int) -> Matrix<Float>) -> InputSequence {
    InputSequence(
      prompt.map { piece in
        switch piece {
        case .tokens(let ids): .tokens(ids)
        case .vector(let number): .vectors(tokens(number))
        }
      })
  }
}
