import Checkpoints
import Foundation
import Tensors

/// Rotary position embedding (Su et al. 2021): pair i of a head is turned by `position · θᵢ`,
/// `θᵢ = base^(-2i / d_rotated)`.
package struct Rotation: Sendable {
  private let style: RopeStyle
  private let pairs: Int
  private let frequencies: [Kind: [Double]]
  /// Factor on cosines and sines of blocks that see the whole context.
  private let attention: Float
  private let kinds: [Kind]

  /// Blocks that are turned alike.
  package enum Kind: Sendable, Hashable {
    case none
    case global
    /// Those of a sliding window with a base of its own.
    case local
  }

  init(
    _ configuration: ModelConfiguration, _ family: ModelFamily, _ reader: inout WeightReader
  ) throws(TransformerError) {
    style = configuration.ropeStyle
    pairs = family.positions == .rotary ? configuration.ropeDimension / 2 : 0
    kinds = (0..<configuration.blockCount).map { block in
      guard family.positions == .rotary, configuration.isRotated(block: block) else { return .none }
      return configuration.ropeLocalBase != nil && configuration.usesSlidingWindow(block: block)
        ? .local : .global
    }
    let dimension = Double(configuration.ropeDimension)
    let pairs = pairs
    func frequencies(base: Float) -> [Double] {
      (0..<pairs).map { pow(Double(base), -2 * Double($0) / dimension) }
    }
    var global = frequencies(base: configuration.ropeBase)
    let local = configuration.ropeLocalBase.map(frequencies) ?? global
    var attention: Float = 1
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
    case .yarn(let yarn):
      global = yarn.stretched(global, base: Double(configuration.ropeBase), dimension: dimension)
      attention = yarn.attention
    case .longContext(let short, let factor):
      for i in 0..<pairs { global[i] /= Double(short[i]) }
      attention = factor
    case .other(let name):
      throw .unsupported(
        what: "RoPE scaling", actual: name, supported: "none, linear, per frequency, llama3, yarn, longrope")
    }
    self.frequencies = [.none: [], .global: global, .local: local]
    self.attention = attention
  }

  package func kind(ofBlock block: Int) -> Kind { kinds[block] }

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

  /// The angles of `positions` in blocks of a kind.
  package func table(positions: Range<Int>, _ kind: Kind) -> Table {
    let frequencies = frequencies[kind] ?? []
    let pairs = frequencies.count
    let factor = kind == .global ? attention : 1
    var values: [Float] = []
    values.reserveCapacity(positions.count * 2 * pairs)
    for position in positions {
      let angles = frequencies.map { $0 * Double(position) }
      values.append(contentsOf: angles.map { factor * Float(cos($0)) })
      values.append(contentsOf: angles.map { factor * Float(sin($0)) })
    }
    return Table(style: style, pairs: pairs, first: positions.lowerBound, values: values)
  }
}

extension YaRNScaling {
  /// Frequencies of pairs, as Peng et al. 2023, equation 23, blend them; the ramp runs over the numbers of pairs.
  fileprivate func stretched(_ frequencies: [Double], base: Double, dimension: Double) -> [Double] {
    /// The pair that turns `turns` times over the original context.
    func pair(turning turns: Float) -> Double {
      dimension * log(Double(original) / (Double(turns) * 2 * Double.pi)) / (2 * log(base))
    }
    var (low, high) = (pair(turning: fast), pair(turning: slow))
    if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, dimension - 1))
    if low == high { high += 0.001 }
    return frequencies.enumerated().map { index, frequency in
      let ramp = min(max((Double(index) - low) / (high - low), 0), 1)
      return frequency * (1 - ramp + ramp / Double(factor))
    }
  }
}
