internal import Checkpoints
internal import Gradients
internal import Tensors
internal import Training
internal import Transformers

/// What ``LatentVector`` minimises: the loss of one text, in a vector that is added at the output of a block.
struct LatentSearch: Trainable {
  let model: Model
  let block: Int
  let prompt: [Int]
  let text: [Int]
  /// The residual stream that leaves the block, of prompt and text but for its last token, `[tokens x d_model]`.
  let states: Matrix<Float>
  /// Median over the tokens of the states' norms.
  let medianNorm: Double

  /// One pass through the blocks below.
  init(_ tokens: (prompt: [Int], text: [Int]), in model: Model, block: Int) throws {
    (self.model, self.block, prompt, text) = (model, block, tokens.prompt, tokens.text)
    let point = ActivationPoint(block: block, site: .residualPost)
    let sequence = tokens.prompt + tokens.text.dropLast()
    guard let states = try model.activations([sequence], at: [point], positions: .all)[point] else {
      throw SteeringError.missingActivation(point)
    }
    self.states = states
    medianNorm = ResidualScale(point: point, states: states).medianNorm
  }

  var identity: TrainableIdentity {
    TrainableIdentity(what: "latent steering vector at block \(block)", model: "", data: "")
  }
  var exampleCount: Int { 1 }

  /// What a step of 1 is in the residual stream.
  private var unit: Float {
    Float(medianNorm / Double(model.configuration.width).squareRoot())
  }

  func initialParameters(seed: UInt64) -> ParameterSet {
    let zero = Matrix<Float>(rows: 1, columns: model.configuration.width, repeating: 0)
    return ParameterSet([Parameter("z", zero, isDecayed: false)])
  }

  func vector(_ parameters: ParameterSet) -> [Float] { parameters["z"].elements.map { unit * $0 } }

  func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss {
    let z = vector(parameters)
    var edited = states
    for row in 0..<edited.rows { for column in z.indices { edited[row, column] += z[column] } }
    let tape = try model.tape(entering: block + 1, states: edited, lengths: [states.rows])
    let targets = text.enumerated().map {
      (place: SequencePosition(sequence: 0, position: prompt.count - 1 + $0), token: $1)
    }
    let (mean, cotangent) = try model.nextTokenLoss(of: tape, targets: targets)
    let entering = try model.pullback(cotangent, through: tape, to: block + 1)
    var sums = [Float](repeating: 0, count: z.count)
    let factor = unit * Float(text.count)
    for row in 0..<entering.rows {
      for column in z.indices { sums[column] += factor * entering[row, column] }
    }
    var gradients = parameters.zeros
    gradients["z"] = Matrix(rows: 1, columns: sums.count, elements: sums)
    return BatchLoss(total: mean * Double(text.count), count: text.count, gradients: gradients)
  }

  /// How well the text is written under each intervention.
  func scores(of interventions: [Intervention]) throws -> [Recovery.Score] {
    let continuations = interventions.map { _ in Continuation(prompt: prompt, continuation: text) }
    let likelihoods = try model.logProbabilities(of: continuations, interventions: interventions)
    let written = try model.generate(
      interventions.map { _ in prompt },
      options: GenerationOptions(maximumTokens: text.count, stopTokens: []), interventions: interventions)
    return zip(likelihoods, written).map { likelihood, written in
      let total = likelihood.reduce(0.0) { $0 - Double($1) }
      return Recovery.Score(
        nats: total / Double(text.count),
        recovered: Double(zip(text, written).count { $0 == $1 }) / Double(text.count))
    }
  }
}
