import ArgumentParser
import Lenses

/// Layers as a user writes them: `all`, `embedding`, `4`, `8-11`, joined by commas.
struct LayerList: ExpressibleByArgument {
  private enum Term: Equatable {
    case all
    case embedding
    case blocks(ClosedRange<Int>)
  }

  static let all = LayerList(terms: [.all], text: "all")
  private let terms: [Term]
  private let text: String

  private init(terms: [Term], text: String) { (self.terms, self.text) = (terms, text) }

  init?(argument: String) {
    var terms: [Term] = []
    for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      switch word {
      case "all": terms.append(.all)
      case "embedding": terms.append(.embedding)
      default:
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0,
          first <= last
        else { return nil }
        terms.append(.blocks(first...last))
      }
    }
    self.init(terms: terms, text: argument)
  }

  var defaultValueDescription: String { text }

  /// Their numbers, each once, in the order given; `all` are the blocks.
  /// - Throws: a usage error for a block that the model does not have.
  func layers(blocks count: Int) throws -> [Int] {
    var layers: [Int] = []
    for term in terms {
      switch term {
      case .embedding: layers.append(embeddingLayer)
      case .all: layers += 0..<count
      case .blocks(let range):
        guard range.upperBound < count else {
          throw ValidationError(
            "--layers: the model has the blocks 0 to \(count - 1), \(range.upperBound) was asked for")
        }
        layers += range
      }
    }
    var seen: Set<Int> = []
    return layers.filter { seen.insert($0).inserted }
  }
}
