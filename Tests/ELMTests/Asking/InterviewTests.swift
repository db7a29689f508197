import Domains
import ELM
import Stores
import Tensors
import Testing

@Suite struct InterviewTests {
  private let domain = circle(300, width: 6)

  private func interview(_ speaker: any VectorSpeaker) throws -> ElmInterview {
    let split = try DomainSplit(domain)
    return ElmInterview(
      speaker: speaker, mean: trainingMean(domain, split), domain: domain, split: split,
      encoder: DomainEncoder(domain, training: []))
  }

  @Test func everyAnswerHasItsControls() throws {
    let point = try DomainPoint("item:w7", in: domain)
    let question = try ElmQuestion("definition", points: 1, tasks: glossTasks())
    let reply = try interview(Listener(domain: domain)).ask(question, about: [.init(point)])[0]
    #expect(reply.answer.text == "number 7 after w6" && reply.question == "What does {vector} mean?")
    #expect(reply.controls.map(\.control) == ElmControl.allCases)
    #expect(reply.controls[0].said.text == "something" && reply.controls[2].said.text == "something")
    let other = try #require(reply.controls[1].item)
    #expect(other != "w7" && reply.controls[1].said.text.hasPrefix("number \(other.dropFirst()) "))
    #expect(
      reply.standings[0].nearest[0].name == "w7" && isNear(reply.standings[0].nearest[0].cosine, 1, 1e-6))
    #expect(reply.answer.consistency.value?.among == 300)
    #expect(reply.controls[0].said.consistency.reason?.contains("no word") == true)
  }

  @Test func theDeafSayTheSame() throws {
    let points = DomainPoint.grid(
      from: try DomainPoint("item:w1", in: domain), to: try DomainPoint("item:w2", in: domain), steps: 3)
    let replies = try interview(Deaf()).ask(
      ElmQuestion("What is this?", points: 1, tasks: glossTasks()), about: points.map { .init($0) })
    for reply in replies {
      #expect(reply.controls.allSatisfy { $0.said == reply.answer })
      #expect(reply.answer.consistency.value != nil)
    }
  }

  @Test func textOfAPointsOwnWordsHasRankOne() throws {
    let split = try DomainSplit(domain)
    let meter = ConsistencyMeter(
      domain, encoder: DomainEncoder(domain, training: []), mean: trainingMean(domain, split))
    let found = try #require(
      try meter.consistency(of: "w6", with: domain.vectors.row(6), leavingOut: [7]).value)
    #expect(isNear(found.cosine, 1, 1e-6) && isNear(found.plainCosine, 1, 1e-6) && found.rank == 1)
    #expect(try meter.consistency(of: "w6", with: domain.vectors.row(6), leavingOut: [6]).value == nil)
    let text = try meter.encode(["w6"], leavingOut: [[7]])[0]
    let order = try #require(meter.agreement(of: text, with: domain.vectors.row(6), leavingOut: [7]).value)
    #expect(order.kendall > 0.999 && isNear(order.ndcg, 1, 1e-6))
  }

  @Test func questionsPlaceTheirPoints() throws {
    let tasks = try glossTasks()
    let (a, b): ([Float], [Float]) = ([1], [2])
    let plain = try ElmQuestion("What is this?", points: 1, tasks: tasks)
    #expect(plain.prompt(about: [a]).pieces == [.text("What is this?"), .text(" "), .vector(a)])
    #expect(plain.promptWithoutVectors.vectors.isEmpty && plain.words == "What is this? {vector}")
    let two = try ElmQuestion("Is {second} like {first}?", points: 2, tasks: tasks)
    #expect(two.prompt(about: [a, b]).vectors == [b, a])
    #expect(try ElmQuestion(nil, points: 2, tasks: tasks).words == "How do {first} and {second} differ?")
    #expect(try ElmQuestion(nil, points: 1, tasks: tasks).words == "What does {vector} mean?")
    for (text, count, words) in [
      ("{vector} {vector}?", 1, "each point once"), ("{first}?", 1, "second point"),
      ("{first}?", 2, "each point once"),
      ("What {vector", 1, "partner"), ("both", 1, "second point"), ("{vector}", 1, "words beside"),
      ("{name} {vector}?", 1, "another placeholder"),
    ] {
      #expect(said { try ElmQuestion(text, points: count, tasks: tasks) }.contains(words), "\(text)")
    }
  }

  @Test func farPointsStandFarOff() throws {
    let split = try DomainSplit(domain)
    let ground = DomainGround(
      domain, training: split.items(of: .training),
      heldOut: split.items(of: .validation) + split.items(of: .test))
    let trained = split.items(of: .training)[0]
    let found = ground.standings(of: [domain.vectors.row(trained), [100, 0, 0, 0, 0, 0]], nearest: 3)
    #expect(found[0].distance > 0 && found[0].percentile < 100, "an item is not its own neighbour")
    #expect(found[1].percentile == 100 && found[1].nearest.count == 3)
    var beside = domain.vectors.row(trained)
    beside[0] += 0.001
    let moved = ground.standings(of: [beside, beside], madeOf: [[], [trained]])
    #expect(moved[0].percentile == 0 && isNear(moved[1].distance, found[0].distance, 0.002))
    let nearest = split.items(of: .training).map { item in
      zip(domain.vectors.row(item), domain.vectors.row(trained)).reduce(0.0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }.squareRoot()
    }.filter { $0 > 0 }.min()
    #expect(isNear(found[0].distance, nearest ?? -1, 1e-6))
  }
}
