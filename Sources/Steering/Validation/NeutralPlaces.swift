internal import Tokenizers
internal import Transformers

/// Where what an intervention does to a model is measured over neutral text: the last token and the middle one of every text,
/// enough to average, little to unembed. What lies below the intervention is run once.
struct NeutralPlaces: Sendable {
  let prefix: PrefixStates
  let selection: [SequencePosition]

  /// - Parameters:
  ///   - point: where all interventions act.
  ///   - tokens: the most that are read of a text.
  init(_ model: Model, texts: [String], at point: ActivationPoint, tokens: Int = .max) throws {
    let sequences = texts.map { Array(model.tokenizer.encode($0).prefix(tokens)) }.filter { $0.count > 3 }
    guard !sequences.isEmpty else { throw SteeringError.noNeutralText }
    prefix = try model.prefix(sequences, before: point.measured(in: model).block)
    selection = sequences.indices.flatMap { index in
      [sequences[index].count / 2, sequences[index].count - 1].map {
        SequencePosition(sequence: index, position: $0)
      }
    }
  }
}
