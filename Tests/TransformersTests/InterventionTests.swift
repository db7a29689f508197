import Checkpoints
import Tensors
import Testing
import Transformers

@Suite struct InterventionTests {
  private let sites = Site.allCases

  @Test(arguments: TinyModel.names) func doseZeroIsTheBaselineBitForBit(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let zero = [Float](repeating: 0, count: tiny.model.configuration.width)
    let baseline = try tiny.logits()
    let edits = sites.map { Edit(.add(zero), at: ActivationPoint(block: 1, site: $0)) }
    #expect(bits(try tiny.logits(nil, edits)) == bits(baseline))
    #expect(bits(try tiny.logits(nil, [])) == bits(baseline))
    let v = Edit(.add(tiny.direction()), at: ActivationPoint(block: 1, site: .residualPost))
    #expect(distance(try tiny.logits(nil, [v]).elements, baseline.elements) > 0.01, "an edit has an effect")
  }

  @Test(arguments: TinyModel.names) func addingIsLinear(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    for site in sites {
      let point = ActivationPoint(block: 1, site: site)
      let v = tiny.direction()
      let twice = try tiny.logits(nil, [Edit(.add(v), at: point), Edit(.add(v), at: point)])
      let double = try tiny.logits(nil, [Edit(.add(v.map { 2 * $0 }), at: point)])
      #expect(distance(twice.elements, double.elements) <= 1e-4, "\(site)")
      let minusMinus = try tiny.logits(nil, [Edit(.add(v.map { -$0 }.map { -1 * $0 }), at: point)])
      let once = try tiny.logits(nil, [Edit(.add(v), at: point)])
      #expect(bits(minusMinus) == bits(once), "\(site)")
    }
  }

  @Test(arguments: Site.allCases) func ablationRemovesAndClampSetsTheComponent(_ site: Site) throws {
    let tiny = try TinyModel.load("gemma3")
    let point = ActivationPoint(block: 2, site: site)
    let v = tiny.direction()
    let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let cases: [(Edit.Operation, Float)] = [(.ablate(v), 0), (.clamp(v, to: 2.5), 2.5)]
    for (operation, target) in cases {
      var cache = KeyValueCache(for: tiny.model, sequenceCount: 1)
      let edit = Intervention([Edit(operation, at: point)])
      let result = try tiny.model.forward(
        [tiny.tokens], cache: &cache, interventions: [edit], recording: [point])
      let activations = try #require(result.activations[point])
      #expect(activations.rows == tiny.tokens.count)
      for row in 0..<activations.rows {
        let component = zip(activations.row(row), v).reduce(0) { $0 + $1.0 * $1.1 } / norm
        #expect(abs(component - target) <= 1e-4)
      }
    }
  }

  @Test func positionsCountOverPromptAndCache() throws {
    let tiny = try TinyModel.load("llama")
    let point = ActivationPoint(block: 0, site: .residualPre)
    let from = Edit(.add(tiny.direction()), at: point, positions: .from(10))
    let baseline = try tiny.logits()
    let edited = try tiny.logits(nil, [from])
    for position in 0..<24 {
      let difference = distance(baseline.row(position), edited.row(position))
      #expect(position < 10 ? difference == 0 : difference > 1e-3, "position \(position)")
    }
    var cache = KeyValueCache(for: tiny.model, sequenceCount: 1)
    for cut in [0..<8, 8..<12, 12..<24] {
      let part = try tiny.model.forward(
        [Array(tiny.tokens[cut])], cache: &cache, interventions: [Intervention([from])], logits: .all)
      #expect(distance(part.logits.elements, edited.selecting(rows: Array(cut)).elements) <= 1e-4)
    }
    let last = try tiny.logits(nil, [Edit(.add(tiny.direction()), at: point, positions: .last)])
    #expect(distance(last.row(22), baseline.row(22)) == 0)
    #expect(distance(last.row(23), baseline.row(23)) > 1e-3)
  }

  @Test(arguments: TinyModel.names) func aReplacedStateGoesOnAsTheStateDoes(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let point = ActivationPoint(block: 1, site: .residualPost)
    let other = tiny.tokens.map { ($0 + 7) % 96 }
    let states = try #require(
      try tiny.model.activations([other], at: [point], positions: .all)[point])
    // Every state from another text: what is left of the text is nothing.
    let all = (0..<24).map { Edit(.replace(states.row($0)), at: point, positions: .at($0)) }
    #expect(distance(try tiny.logits(nil, all).elements, try tiny.logits(other).elements) <= 1e-4)
    // One of them: positions before it stay, it and those behind it change, and its own state is what was put in.
    let one = [Edit(.replace(states.row(10)), at: point, positions: .at(10))]
    let (baseline, edited) = (try tiny.logits(), try tiny.logits(nil, one))
    for position in 0..<24 {
      let difference = distance(baseline.row(position), edited.row(position))
      #expect(position < 10 ? difference == 0 : difference > 1e-4, "position \(position)")
    }
    var cache = KeyValueCache(for: tiny.model, sequenceCount: 1)
    for cut in [0..<8, 8..<12, 12..<24] {
      let part = try tiny.model.forward(
        [Array(tiny.tokens[cut])], cache: &cache, interventions: [Intervention(one)],
        recording: [point], logits: .all)
      #expect(distance(part.logits.elements, edited.selecting(rows: Array(cut)).elements) <= 1e-4)
      let kept = try #require(part.activations[point])
      if cut.contains(10) { #expect(kept.row(2) == states.row(10)) }
    }
  }

  @Test(arguments: TinyModel.names) func variantsOfASequenceEqualWholePasses(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    for site in [Site.residualPre, .residualPost] {
      let point = ActivationPoint(block: 1, site: site)
      for positions in [Edit.Positions.at(9), .at(23), .at(0), .from(9), .all, .last] {
        let variants: [Intervention] = (0..<3).map { seed in
          Intervention([Edit(.add(tiny.direction(seed: UInt64(seed))), at: point, positions: positions)])
        }
        let wanted = [23, 5, 9]
        let states = try tiny.model.finalStates(of: tiny.tokens, at: wanted, under: variants + [.none])
        for (index, variant) in (variants + [.none]).enumerated() {
          let alone = try tiny.logits(nil, variant.edits)
          for (row, position) in wanted.enumerated() {
            let logits = try tiny.model.logits(
              of: [3], from: states.selecting(rows: [3 * index + row]))
            #expect(
              abs(logits[0] - alone[position, 3]) <= 1e-4, "\(positions), variant \(index), \(position)")
          }
        }
      }
    }
    let edit = Intervention([
      Edit(.replace(tiny.direction()), at: ActivationPoint(block: 1, site: .residualPre), positions: .at(9))
    ])
    let continuation = Continuation(prompt: Array(tiny.tokens.prefix(12)), continuation: [4, 8, 15])
    let together = try tiny.model.logProbabilities(of: continuation, under: [.none, edit])
    let apart = try tiny.model.logProbabilities(
      of: [continuation, continuation], interventions: [.none, edit])
    for (a, b) in zip(together, apart) { #expect(distance(a, b) <= 1e-4) }
  }

  @Test func moreVariantsThanOnePassTakesAreCutIntoGroups() throws {
    let tiny = try TinyModel.load("llama")
    let point = ActivationPoint(block: 1, site: .residualPre)
    let variants: [Intervention] = (0..<300).map { seed in
      Intervention([
        Edit(.replace(tiny.direction(seed: UInt64(seed))), at: point, positions: .at(5))
      ])
    }
    let together = try tiny.model.finalStates(of: tiny.tokens, at: [23], under: variants)
    for index in [0, 1, 106, 107, 108, 299] {
      let alone = try tiny.model.finalStates(of: tiny.tokens, at: [23], under: [variants[index]])
      #expect(distance(together.row(index), alone.row(0)) <= 1e-4, "variant \(index)")
    }
  }

  @Test(arguments: TinyModel.names) func generationGoesOnFromWhatACacheHasSeen(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let edit = Intervention([
      Edit(
        .replace(tiny.direction().map { 9 * $0 }), at: ActivationPoint(block: 0, site: .residualPre),
        positions: .at(10))
    ])
    var cache = KeyValueCache(for: tiny.model, sequenceCount: 1)
    _ = try tiny.model.forward([Array(tiny.tokens.prefix(8))], cache: &cache)
    let options = GenerationOptions(maximumTokens: 12, stopTokens: [])
    let ends = [Array(tiny.tokens[8..<14]), Array(tiny.tokens[8..<20])]
    let continued = try tiny.model.generate(
      ends, after: cache, options: options, interventions: [edit, edit])
    let whole = try tiny.model.generate(
      ends.map { Array(tiny.tokens.prefix(8)) + $0 }, options: options, interventions: [edit, edit])
    #expect(continued == whole)
    #expect(
      whole != (try tiny.model.generate(ends.map { Array(tiny.tokens.prefix(8)) + $0 }, options: options)),
      "the edit has an effect on what is generated")
  }

  @Test func everySequenceHasItsOwnEdits() throws {
    let tiny = try TinyModel.load("qwen2")
    let point = ActivationPoint(block: 1, site: .residualPost)
    let edit = Edit(.add(tiny.direction()), at: point)
    let sequences = [Array(tiny.tokens.prefix(6)), Array(tiny.tokens.prefix(6)), tiny.tokens]
    let states = try tiny.model.prefix(sequences, before: 1)
    let logits = try tiny.model.logits(
      continuing: states, selecting: sequences.indices.map { SequencePosition(sequence: $0, position: 5) },
      interventions: [.none, Intervention([edit]), .none])
    #expect(distance(logits.row(0), logits.row(2)) <= 1e-4)
    #expect(distance(logits.row(0), logits.row(1)) > 1e-2)
  }

  @Test(arguments: TinyModel.names) func forkedSequencesEqualWholeOnes(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let head = Array(tiny.tokens.prefix(9))
    let sequences = [head + [1, 2, 3], head + [4, 5], Array(head.prefix(7)), tiny.tokens, head + [6]]
    let point = ActivationPoint(block: 1, site: .residualPost)
    let add = Edit.Operation.add(tiny.direction())
    let other = Intervention([Edit(.add(tiny.direction().map { -$0 }), at: point)])
    let states = try tiny.model.prefix(sequences, before: 1)
    let places = sequences.indices.flatMap { sequence in
      [5, sequences[sequence].count - 1].map { SequencePosition(sequence: sequence, position: $0) }
    }
    for positions in [Edit.Positions.all, .from(10), .last] {
      let same = Intervention([Edit(add, at: point, positions: positions)])
      for interventions in [sequences.map { _ in same }, [same, other, same, other, same]] {
        let together = try tiny.model.logits(
          continuing: states, selecting: places, interventions: interventions)
        for (row, place) in places.enumerated() {
          let alone = try tiny.logits(sequences[place.sequence], interventions[place.sequence].edits)
          #expect(
            distance(together.row(row), alone.row(place.position)) <= 1e-4, "\(positions) at \(place)")
        }
      }
    }
  }

  @Test func copiesOfStatesTakeOneInterventionEach() throws {
    let tiny = try TinyModel.load("gemma3")
    let sequences = [tiny.tokens, Array(tiny.tokens.prefix(9)) + [1, 2]]
    let states = try tiny.model.prefix(sequences, before: 1)
    let places = sequences.indices.map { SequencePosition(sequence: $0, position: sequences[$0].count - 1) }
    let point = ActivationPoint(block: 1, site: .residualPre)
    let interventions: [Intervention] = [0, 1, -2].map { factor in
      Intervention([Edit(.add(tiny.direction().map { Float(factor) * $0 }), at: point)])
    }
    let together = try tiny.model.logits(
      continuing: states.repeated(3),
      selecting: (0..<3).flatMap { copy in
        places.map { SequencePosition(sequence: 2 * copy + $0.sequence, position: $0.position) }
      }, interventions: interventions.flatMap { [$0, $0] })
    for (copy, intervention) in interventions.enumerated() {
      let alone = try tiny.model.logits(
        continuing: states, selecting: places, interventions: [intervention, intervention])
      for row in 0..<2 { #expect(distance(together.row(2 * copy + row), alone.row(row)) <= 1e-4) }
    }
  }

  @Test func editsThatDoNotFitAreRefused() throws {
    let tiny = try TinyModel.load("llama")
    let inside = ActivationPoint(block: 1, site: .residualPre)
    let v = tiny.direction()
    let wrong: [Edit] = [
      Edit(.add([1, 2]), at: inside), Edit(.add(v), at: ActivationPoint(block: 3, site: .residualPre)),
      Edit(.ablate(v.map { _ in 0 }), at: inside), Edit(.add(v.map { _ in .nan }), at: inside),
      Edit(.clamp(v, to: .infinity), at: inside), Edit(.replace([1, 2]), at: inside, positions: .at(3)),
      Edit(.replace(v.map { _ in .nan }), at: inside, positions: .at(3)),
    ]
    for edit in wrong {
      #expect(throws: TransformerError.self) { try tiny.logits(nil, [edit]) }
    }
    let states = try tiny.model.prefix([tiny.tokens], before: 2)
    #expect(throws: TransformerError.self) {
      try tiny.model.logits(
        continuing: states, selecting: [SequencePosition(sequence: 0, position: 0)],
        interventions: [Intervention([Edit(.add(v), at: inside)])])
    }
    #expect(throws: TransformerError.position(SequencePosition(sequence: 0, position: 24), length: 24)) {
      try tiny.model.logits(
        continuing: states, selecting: [SequencePosition(sequence: 0, position: 24)])
    }
    #expect(throws: TransformerError.emptySequence(sequence: 1)) {
      try tiny.model.activations([[1], []], at: [inside])
    }
    #expect(throws: TransformerError.token(sequence: 0, position: 1, id: 96, vocabularySize: 96)) {
      try tiny.logits([0, 96])
    }
  }
}
