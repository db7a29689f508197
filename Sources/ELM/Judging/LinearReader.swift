internal import Alignment
internal import Domains
internal import LinearAlgebra
internal import Tensors

/// Reads texts without any language model: what a linear map makes of their words.
///
/// ```
/// score(text; v) = cos(W E_D(text) + c - μ, v - μ)
/// ```
/// W and c are ridge's, λ by cross-validation, from the vectors of training texts (E_D, ``DomainEncoder``) to those of their items. What a
/// language model recognises beyond it, it owes to more than which words stand in the text. O(examples · d²) to fit.
struct LinearReader {
  private let map: LinearMap
  private let meter: ConsistencyMeter

  /// - Parameter examples: of training.
  /// - Returns: nil where the domain has no encoder, and where too few texts can be encoded for a fit.
  init?(_ examples: [ElmExample], _ meter: ConsistencyMeter) throws {
    var (texts, vectors): ([[Float]], [[Float]]) = ([], [])
    let encoded = try meter.encode(examples.map(\.answer), leavingOut: examples.map(\.items))
    for (example, text) in zip(examples, encoded) {
      guard let text = text.value else { continue }
      texts.append(text.map { Float($0) })
      vectors.append(example.vectors(in: meter.domain).middle)
    }
    guard let map = try Self.map(Self.rows(texts), Self.rows(vectors)) else { return nil }
    (self.map, self.meter) = (map, meter)
  }

  /// Of each example's vector the scores of all texts; the names of its items don't count. A text without a known word has 0, the mean's.
  func scores(_ examples: [ElmExample], _ texts: [String]) throws -> [[Double]] {
    let all = try meter.encode(
      examples.flatMap { _ in texts },
      leavingOut: examples.flatMap { example in texts.map { _ in example.items } })
    return examples.enumerated().map { index, example in
      let own = meter.unit(example.vectors(in: meter.domain).middle)
      let encoded = all[index * texts.count..<(index + 1) * texts.count].map(\.value)
      let read = map.applied(toPoints: Self.rows(encoded.compactMap { $0?.map { Float($0) } }))
      var next = 0
      return encoded.map { known in
        guard known != nil else { return 0 }
        defer { next += 1 }
        return Double(dot(own.span, meter.unit(read.row(next)).span))
      }
    }
  }

  private static func map(_ texts: Matrix<Float>, _ vectors: Matrix<Float>) throws -> LinearMap? {
    do throws(AlignmentError) {
      return try Ridge().fit(source: texts, target: vectors, options: AlignmentOptions()).map
    } catch {
      switch error {
      case .tooFewTokens, .noVariance: return nil
      default: throw error
      }
    }
  }

  private static func rows(_ rows: [[Float]]) -> Matrix<Float> {
    Matrix(rows: rows.count, columns: rows.first?.count ?? 0, elements: rows.flatMap(\.self))
  }
}
