import Domains
import Files
import Foundation
import Stores
import Tensors
import Testing

@Suite struct TaskTests {
  @Test(arguments: [
    ("What?", "{gloss}", "no vector"), ("{vector} {vector}?", "{gloss}", "more than once"),
    ("{first}?", "{first.gloss}", "alone"), ("{vector} {between}", "{gloss}", "two tasks"),
    ("{vector} {gloss}", "{gloss}", "give the answer away"), ("{vector}", "yes", "texts of items"),
    ("{vector}", "{vector}", "texts of items"), ("{vector}", "{first.gloss}", "{gloss}"),
    ("{first} {second}", "{gloss}", "{first.gloss}"), ("{vector", "{gloss}", "partner"),
    ("{vector} }", "{gloss}", "alone"), ("{between:2}", "{first.gloss}", "from 0 to 1"),
    ("{vector}", "{gloss:0}", "1 or more"), ("{vector}", "{third.gloss}", "{FIELD}"),
    ("{Vector}", "{gloss}", "no vector"), ("{between:0.2} {between:0.4}", "{first.gloss}", "more than once"),
  ])
  func placeholdersAreChecked(prompt: String, answer: String, words: String) throws {
    let error = #expect(throws: DomainError.self, "\(prompt)") {
      try ElmTask(name: "t", prompt: prompt, answer: answer)
    }
    #expect(error?.kind == .usage && said(error).contains(words), "\(prompt): \(said(error))")
  }

  @Test(arguments: TaskSet.bundledNames)
  func aSetReadsBackFromItsText(name: String) throws {
    let set = try TaskSet.named(name)
    #expect(try TaskSet(yaml: set.yaml, name: name, file: "text") == set)
    let odd = try TaskSet(
      name: "odd", description: "\"quoted\\\" é: #",
      tasks: [ElmTask(name: "a", prompt: "{vector}: \"{{x}}\"\n?", answer: "{gloss}", partners: .any)])
    #expect(try TaskSet(yaml: odd.yaml, name: "odd", file: "text") == odd)
    let plain = try TaskSet(name: "plain", tasks: odd.tasks)
    #expect(try TaskSet(yaml: plain.yaml, name: "plain", file: "text") == plain)
  }

  @Test func filesGiveTheSameTasks() throws {
    try TemporaryFolder.with { folder in
      let yaml = try folder.write(
        """
        description: Two of them.
        tasks:
          - name: definition
            prompt: "What is {vector}?"
            answer: "{{{gloss}}}"
          - {name: both, prompt: "{first} and {second}?", answer: "{shared.kind:1}", partners: any}
        """, to: "t.yaml")
      let lines = try folder.write(
        """
        {"name": "definition", "prompt": "What is {vector}?", "answer": "{{{gloss}}}"}
        {"name": "both", "prompt": "{first} and {second}?", "answer": "{shared.kind:1}", "partners": "any"}
        """, to: "t.jsonl")
      let set = try TaskSet.named(yaml)
      #expect(set.description == "Two of them." && set.name == "t")
      #expect(set.tasks == (try TaskSet.named(lines)).tasks)
      #expect(set.tasks[0].answer.pieces == [.text("{"), .field(.item, "gloss", most: nil), .text("}")])
      #expect(set.tasks.map(\.arity) == [.one, .two] && set.tasks[1].partners == .any)
      for (text, words) in [
        ("tasks: []\n", "one or more"), ("tasks:\n  - {name: a, prompt: \"{vector}\"}\n", "answer"),
        ("tasks:\n  - {name: a, promt: x}\n", "did you mean \"prompt\""),
        ("tasks:\n  - &a {name: a, prompt: \"{vector}\", answer: \"{gloss}\"}\n", "anchors"),
        ("{\"name\": \"a\", \"prompt\": \"{vector}\", \"answer\": 3}", "a text answer"),
        ("{\"name\": \"a\", \"prompt\": \"{vector}\", \"answer\": \"{gloss}\", \"x\": 1}", "one of name"),
        (
          String(
            repeating: "{\"name\": \"a\", \"prompt\": \"{vector}\", \"answer\": \"{gloss}\"}\n", count: 2),
          "each name once"
        ),
      ] {
        let error = fault { try TaskSet.named(folder.write(text, to: "x.yaml")) }
        #expect(error?.kind == .usage && said(error).contains(words), "\(text): \(said(error))")
      }
      let unknown = #expect(throws: DomainError.self) { try TaskSet.named("word") }
      #expect(said(unknown).contains("did you mean \"words\""))
    }
  }

  @Test func setsOfTheProgramAreInOrder() throws {
    for name in TaskSet.bundledNames {
      let set = try TaskSet.named(name)
      #expect(set.tasks.count >= 8 && !set.description.isEmpty)
      #expect(
        set.tasks.contains { $0.arity == .two }
          && set.tasks.contains { $0.prompt.source.contains("{between}") })
    }
  }

  // MARK: - Examples

  private func set(_ tasks: (String, String, String)...) throws -> TaskSet {
    try TaskSet(name: "set", tasks: tasks.map { try ElmTask(name: $0.0, prompt: $0.1, answer: $0.2) })
  }

  @Test func examplesSayWhatTheItemsSay() throws {
    let domain = circle(60)
    let split = try DomainSplit(domain)
    let set = try set(
      ("definition", "What is {vector}?", "{name}: {gloss}."), ("example", "{vector}?", "{example:1}"),
      ("both", "{first} or {second}", "{shared.kind:1}; {first.gloss}, {second.gloss}"),
      ("between", "{between:0.25}", "{first.name} {second.name}"))
    for part in DomainSplit.Part.allCases {
      let items = split.items(of: part)
      let examples = try set.examples(of: domain, split, part)
      #expect(examples == (try set.examples(of: domain, split, part)))
      let definitions = examples.filter { $0.task == "definition" }
      #expect(definitions.map(\.items) == items.map { [$0] })
      #expect(definitions.map(\.answer) == items.map { "item \($0): number \($0)." })
      #expect(definitions[0].prompt == [.text("What is "), .point(.init(item: items[0])), .text("?")])
      // Who lacks a text has no example.
      #expect(examples.filter { $0.task == "example" }.map { $0.items[0] } == items.filter { $0 % 3 != 0 })
      for example in examples where example.items.count == 2 {
        let (a, b) = (example.items[0], example.items[1])
        #expect(items.contains(b) && a != b)
        #expect(example.points.allSatisfy { $0.terms.reduce(0) { $0 + $1.weight } == 1 })
        if example.task == "both" {
          #expect(
            example.answer
              == "\(a % 2 == b % 2 ? (a % 2 == 0 ? "even" : "odd") : "number"); number \(a), number \(b)")
          #expect(example.points.count == 2 && example.points[1].vector(in: domain) == domain.vectors.row(b))
        } else {
          let expected = zip(domain.vectors.row(a), domain.vectors.row(b)).map { 0.75 * $0 + 0.25 * $1 }
          #expect(example.points.count == 1)
          #expect(zip(example.points[0].vector(in: domain), expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
      }
    }
  }

  @Test func nearPartnersAreAmongTheTenNearest() throws {
    let domain = circle(400)
    let split = try DomainSplit(domain)
    let items = split.items(of: .training)
    let examples = try set(("both", "{first} or {second}", "{shared.kind:1}")).examples(
      of: domain, split, .training)
    var places: Set<Int> = []
    for example in examples {
      let own = domain.vectors.row(example.items[0])
      func cosine(_ item: Int) -> Float { zip(own, domain.vectors.row(item)).reduce(0) { $0 + $1.0 * $1.1 } }
      let nearer = items.count { $0 != example.items[0] && cosine($0) > cosine(example.items[1]) + 1e-5 }
      #expect(nearer < 10)
      places.insert(nearer)
    }
    #expect(places.count > 4)
  }

  @Test func whatADomainLacksIsSaid() throws {
    let domain = circle(60)
    let split = try DomainSplit(domain)
    let stranger = #expect(throws: DomainError.self) {
      try set(("a", "{vector}", "{glos}")).examples(of: domain, split, .test)
    }
    #expect(stranger?.kind == .usage && said(stranger).contains("did you mean \"gloss\""))
    var bare = domain
    bare.fields.append(.init("rare", Array(repeating: [], count: 60)))
    let empty = #expect(throws: DomainError.self) {
      try set(("a", "{vector}", "{rare}")).examples(of: bare, split, .test)
    }
    #expect(empty?.kind == .notEvaluable)
  }

  @Test func longExamplesAreNamed() throws {
    let domain = circle(60)
    let split = try DomainSplit(domain)
    let examples = try set(("a", "{first} {second}", "{first.gloss}")).examples(of: domain, split, .training)
    let characters = examples.map { 1 + $0.answer.count }.max() ?? 0
    func length(_ example: ElmExample) -> Int { 1 + 8 + example.answer.count }
    try examples.requireFit(context: characters + 8, in: domain, length: length)
    let error = #expect(throws: DomainError.self) {
      try examples.requireFit(context: characters + 7, in: domain, length: length)
    }
    #expect(said(error).contains("task a, item"))
  }
}

extension ElmExample.Point {
  fileprivate init(item: Int) { self.init([(item, 1)]) }
}
