import Checkpoints
import Foundation
import Tensors

/// Rotary position embedding (Su et al. 2021): pair i of a head is turned by `position · θᵢ`,
/// `θᵢ = base^(-2i / d_rotated)`.
package struct Rotation: Sendable {
  private let style: RopeStyle
  private let pairs: Int
  private let globalFrequencies: [Double]
  private let localFrequencies: [Double]

  init(_ configuration: ModelConfiguration, _ reader: inout WeightReader) throws(TransformerError) {
    style = configuration.ropeStyle
    pairs = configuration.ropeDimension / 2
    let dimension = Double(configuration.ropeDimension)
    let pairs = pairs
    func frequencies(base: Float) -> [Double] {
      (0..<pairs).map { pow(Double(base), -2 * Double($0) / dimension) }
    }
    var global = frequencies(base: configuration.ropeBase)
    localFrequencies = configuration.ropeLocalBase.map(frequencies) ?? global
    switch configuration.ropeScaling {
    case .none: break
    case .linear(let factor): global = global.map { $0 / Double(factor) }
    case .perFrequency(let factor):
      let factors = try reader.vector("rope_freqs.weight", count: pairs)
      if let index = factors.firstIndex(where: { $0 <= 0 }) {
        throw .weight(tensor: "rope_freqs.weight", place: "number \(index)", value: factors[index])
      }
      for i in 0..<pairs { global[i] /= Double(factors[i]) * Double(factor) }
    case .llama3(let factor, let low, let high, let original):
      global = global.map { frequency in
        // Turns of this pair over the original context: few are long waves.
        let turns = Double(original) * frequency / (2 * Double.pi)
        let blend = min(max((turns - Double(low)) / (Double(high) - Double(low)), 0), 1)
        return frequency * (blend + (1 - blend) / Double(factor))
      }
    case .other(let name):
      throw .unsupported(what: "RoPE scaling", actual: name, supported: "none, linear, per frequency, llama3")
    }
    globalFrequencies = global
  }

  /// Cosines and sines of the angles of some positions.
  package struct Table: Sendable {
    fileprivate let style: RopeStyle
    fileprivate let pairs: Int
    fileprivate let first: Int
    /// Per position: `pairs` cosines, then `pairs` sines.
    fileprivate let values: [Float]

    /// Turns one head in place, or turns it back; `head` is its offset in `row`.
    @inline(__always)
    package func rotate(_ row: inout MutableSpan<Float>, head: Int, position: Int, back: Bool = false) {
      let cosines = (position - first) * 2 * pairs
      let step = style == .adjacent ? 2 : 1
      let partner = style == .adjacent ? 1 : pairs
      for i in 0..<pairs {
        let c = values[cosines + i]
        let s = back ? -values[cosines + pairs + i] : values[cosines + pairs + i]
        let low = head + i * step
        let x = row[low]
        let y = row[low + partner]
        row[low] = x * c - y * s
        row[low + partner] = x * s + y * c
      }
    }
  }

  /// The angles of `positions`; `local` takes the base of sliding-window blocks.
  package func table(positions: Range<Int>, local: Bool) -> Table {
    let frequencies = local ? localFrequencies : globalFrequencies
    var values: [Float] = []
    values.reserveCapacity(positions.count * 2 * pairs)
    for position in positions {
      let angles = frequencies.map { $0 * Double(position) }
      values.append(contentsOf: angles.map { Float(cos($0)) })
      values.append(contentsOf: angles.map { Float(sin($0)) })
    }
    return Table(style: style, pairs: pairs, first: positions.lowerBound, values: values)
  }
}
