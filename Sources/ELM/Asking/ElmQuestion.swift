public import Domains

/// What is asked of one point, or of two.
///
/// `{vector}` stands for the point, `{first}` and `{second}` for two; where a question has no placeholder, they follow it behind a space. The
/// name of a task that was trained (`definition`) is the question of that task, word by word: what the model knows best.
public struct ElmQuestion: Sendable, Equatable {
  /// With its placeholders.
  public let words: String
  private let pieces: [Piece]

  private enum Piece: Sendable, Equatable {
    case text(String)
    case point(Int)
  }

  /// - Parameters:
  ///   - text: the question, or the name of one of the tasks; nil takes the first task of as many points.
  ///   - count: of points, 1 or 2.
  /// - Throws: ``DomainError/task(file:place:expected:actual:remedy:)`` for a brace without its partner, and for placeholders other than those
  ///   of the points.
  public init(_ text: String?, points count: Int, tasks: TaskSet) throws(DomainError) {
    precondition((1...2).contains(count), "a question about \(count) points")
    func fault(_ expected: String, _ actual: String, _ remedy: String) -> DomainError {
      .task(file: "question", place: "its text", expected: expected, actual: actual, remedy: remedy)
    }
    let wanted = count == 1 ? ["{vector}"] : ["{first}", "{second}"]
    let fitting = tasks.tasks.filter { Self.places(in: $0.prompt) == wanted }
    let task = text == nil ? fitting.first : tasks.tasks.first { $0.name == text }
    guard let source = task?.prompt.source ?? text else {
      throw fault("a question about \(wanted.joined(separator: " and "))", "none", "say what is asked")
    }
    let template: TaskTemplate
    do throws(TaskTemplate.Fault) { template = try TaskTemplate(source) } catch {
      throw fault(error.expected, error.actual, "mend the braces")
    }
    var pieces: [Piece] = []
    for piece in template.pieces {
      switch piece {
      case .text(let text): pieces.append(.text(text))
      case .vector(.item) where count == 1, .vector(.between) where count == 1: pieces.append(.point(0))
      case .vector(.first) where count == 2: pieces.append(.point(0))
      case .vector(.second) where count == 2: pieces.append(.point(1))
      case .vector, .field:
        throw fault(
          wanted.joined(separator: " and "), "another placeholder in \"\(source)\"",
          count == 1 ? "name a second point for {first} and {second}" : "place both points")
      }
    }
    guard source.contains(where: \.isLetter),
      pieces.contains(where: { if case .text = $0 { true } else { false } })
    else {
      throw fault("words beside the points", "\"\(source)\"", "say what is asked")
    }
    let places = pieces.compactMap { if case .point(let place) = $0 { place } else { nil } }
    guard places.isEmpty || places.sorted() == Array(0..<count) else {
      throw fault(
        "each point once", "\(places.count) places for \(count) in \"\(source)\"", "place each once")
    }
    if places.isEmpty {
      for place in 0..<count { pieces += [.text(" "), .point(place)] }
    }
    words = places.isEmpty ? source + wanted.map { " " + $0 }.joined() : source
    self.pieces = pieces
  }

  private static func places(in template: TaskTemplate) -> [String] {
    template.pieces.compactMap { piece -> String? in
      switch piece {
      case .vector(.item): "{vector}"
      case .vector(.first): "{first}"
      case .vector(.second): "{second}"
      case .vector(.between): "{between}"
      case .text, .field: nil
      }
    }
  }

  /// - Precondition: as many vectors as it has places.
  public func prompt(about vectors: [[Float]]) -> ElmPrompt {
    ElmPrompt(
      pieces.map { if case .point(let place) = $0 { .vector(vectors[place]) } else { .text(text(of: $0)) } })
  }

  /// The same words with nothing where the vectors stood: what the model says by itself.
  public var promptWithoutVectors: ElmPrompt {
    ElmPrompt(pieces.compactMap { if case .text(let text) = $0 { .text(text) } else { nil } })
  }

  private func text(of piece: Piece) -> String { if case .text(let text) = piece { text } else { "" } }
}
