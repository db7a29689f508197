import Domains
import ELM
import Files
import Statistics
import Stores
import Tensors
import TestSupport
import Testing
import Transformers

@Suite struct ConceptTests {
  /// Words along one axis: a word's number is its first coordinate, and its name says it.
  private func line(_ count: Int) -> Domain {
    var random = SeededRandom(seed: 3)
    let numbers = (0..<count).map { (2 * Double($0) / Double(count - 1) - 1) * 3 }
    return Domain(
      name: "line", recipe: "wordnet-glove: words", sources: [], names: (0..<count).map { "w\($0)" },
      vectors: Matrix(
        rows: count, columns: 3,
        elements: numbers.flatMap { [Float($0), Float(random.normal()), Float(random.normal())] }),
      fields: [
        .init("side", numbers.map { [$0 > 0 ? "Right" : "left"] }),
        .init("size", numbers.map { ["\($0) of 3"] }),
        .init("gloss", (0..<count).map { ["number \($0)"] }),
      ], toolVersion: "test", date: "")
  }

  private func plain(_ width: Int) -> ElmRecord.Standardisation {
    .init(mean: Array(repeating: 0, count: width), scale: 2)
  }

  @Test func attributesAreReadFromFieldsAndFiles() throws {
    let (domain, folder) = (line(40), try TemporaryFolder())
    let side = try ItemAttribute("side=right", of: domain)
    #expect(side.isBinary && side.items.count == 40 && side.values.reduce(0, +) == 20)
    let size = try ItemAttribute("size", of: domain)
    #expect(!size.isBinary && size.values.first == -3 && size.values.last == 3)
    let file = try ItemAttribute(
      folder.write("name,value\nw3,0.5\nstranger,1\nw1,2\n", to: "a.csv"), of: domain)
    #expect(file.items == [1, 3] && file.values == [2, 0.5])
    #expect(said { try ItemAttribute("sid=right", of: domain) }.contains("did you mean \"side\"?"))
    #expect(said { try ItemAttribute("side=up", of: domain) }.contains("have the same"))
    #expect(
      said { try ItemAttribute(folder.write("name,value\nw3,1\n", to: "b.csv"), of: domain) }.contains(
        "1 items"))
    #expect(
      said { try ItemAttribute(folder.write("name,a,b\nw3,1,2\n", to: "c.csv"), of: domain) }.contains(
        "2 numbers"))
  }

  @Test(arguments: ConceptDirection.Method.allCases)
  func theDirectionIsTheAttributes(method: ConceptDirection.Method) throws {
    let domain = line(200)
    let split = try DomainSplit(domain)
    let found = try ConceptDirection(
      ItemAttribute("side=right", of: domain), method, in: domain, plain(3),
      training: split.items(of: .training))
    #expect(found.direction[0] > 0.95)
    #expect(isNear(found.direction.reduce(0) { $0 + Double($1) * Double($1) }, 1, 1e-5))
    #expect(found.step == found.direction.map { 2 * $0 })
    #expect(try #require(found.heldOut) > 0.95 && found.trainingItems + found.heldOutItems == 200)
  }

  @Test func directionsThatCannotBeFoundSayWhy() throws {
    let domain = line(40)
    let size = try ItemAttribute("size", of: domain)
    #expect(
      said { try ConceptDirection(size, .logistic, in: domain, plain(3), training: Array(0..<40)) }.contains(
        "ridge"))
    #expect(
      said { try ConceptDirection(size, .ridge, in: domain, plain(3), training: [1, 2]) }.contains("10 and 2")
    )
  }

  /// Names the word that lies nearest along the axis.
  private struct Reader: VectorSpeaker {
    let domain: Domain

    func answers(to prompts: [ElmPrompt], _ options: GenerationOptions) -> [ElmAnswer] {
      prompts.map { prompt in
        let x = prompt.vectors[0][0]
        let near =
          (0..<domain.count).min { abs(domain.vectors[$0, 0] - x) < abs(domain.vectors[$1, 0] - x) } ?? 0
        return ElmAnswer(text: "like w\(near)", tokens: [], hasEnded: true)
      }
    }

    func logLikelihoods(of answers: [(prompt: ElmPrompt, answer: String)]) -> [(total: Double, tokens: Int)] {
      answers.map { _ in (0, 1) }
    }
  }

  @Test func whatIsTurnedUpIsReadBack() throws {
    let domain = line(200)
    let split = try DomainSplit(domain)
    let concept = try ConceptDirection(
      ItemAttribute("size", of: domain), .ridge, in: domain, plain(3), training: split.items(of: .training))
    let tasks = try glossTasks()
    func sweep(_ speaker: any VectorSpeaker) throws -> ConceptSweep {
      var options = JudgeOptions()
      options.items = 10
      return try ElmJudge(
        speaker: speaker, frozen: Deaf(), mean: [0, 0, 0], domain: domain, split: split, tasks: tasks,
        encoder: DomainEncoder(domain, training: [])
      ).sweep(
        concept, question: ElmQuestion(nil, points: 1, tasks: tasks), lambdas: [-0.5, 0.1, 0.5], plain(3),
        options: options)
    }
    let heard = try sweep(Reader(domain: domain))
    #expect(try #require(heard.kendall.value) > 0.6 && heard.answers.count == 3)
    let readings = heard.readings.compactMap(\.value)
    #expect(readings.count == 3 && readings[0] < readings[1] && readings[1] < readings[2])
    #expect(heard.consistency.count == 3 && heard.offManifold.allSatisfy { (0...100).contains($0.value) })
    let deaf = try sweep(Deaf())
    #expect(deaf.kendall.value == 0 && deaf.random.value == 0)
    #expect(deaf.readings[0].value == deaf.readings[2].value)
    #expect(throws: ElmError.self) {
      try ElmJudge(
        speaker: Deaf(), frozen: Deaf(), mean: [0, 0, 0], domain: domain, split: split, tasks: tasks,
        encoder: DomainEncoder(domain, training: [])
      ).sweep(concept, question: ElmQuestion(nil, points: 1, tasks: tasks), lambdas: [1, 1], plain(3))
    }
  }
}
