import Foundation

/// Unicode's normal forms (UAX 15): each scalar's decomposition from a table, marks put into their canonical order, pairs composed.
///
/// Scalars that came after Unicode 9 are left as they are: that is the version of the `tokenizers` library's tables.
enum NormalForm {
  static let newest: UInt8 = 9

  /// Canonical (NFD) or compatible (NFKD) decomposition of UTF-8 text; bytes of no valid sequence are kept.
  static func decomposed(_ text: [UInt8], compatibly: Bool) -> [UInt8] {
    // Below U+00A0 nothing decomposes.
    guard text.contains(where: { $0 >= 0xc2 }) else { return text }
    let table = compatibly ? compatible : canonical
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4)
    // Marks since the last starter, with their classes.
    var marks: [(mark: UInt32, order: UInt8)] = []
    func flush() {
      guard !marks.isEmpty else { return }
      if marks.count > 1 {
        for (place, mark) in marks.enumerated().dropFirst() {
          var hole = place
          while hole > 0, marks[hole - 1].order > mark.order {
            marks[hole] = marks[hole - 1]
            hole -= 1
          }
          marks[hole] = mark
        }
      }
      for mark in marks { result.append(scalar: mark.mark) }
      marks.removeAll(keepingCapacity: true)
    }
    func append(_ scalar: UInt32) {
      let order = scalar < 0x300 ? 0 : combiningClass(scalar)
      if order > 0 {
        marks.append((scalar, order))
      } else {
        flush()
        result.append(scalar: scalar)
      }
    }
    let span = text.span
    var index = 0
    while index < text.count {
      let byte = span[index]
      if byte < 0x80 {
        flush()
        result.append(byte)
        index += 1
        continue
      }
      let (scalar, length) = decodeScalar(span, at: index, limit: text.count)
      index += length
      if scalar == invalidScalar {
        flush()
        result.append(byte)
      } else if (0xac00...0xd7a3).contains(scalar) {
        flush()
        appendHangul(scalar - 0xac00, to: &result)
      } else if let place = table.place(of: scalar) {
        for part in table.scalars[place] { append(part) }
      } else {
        append(scalar)
      }
    }
    flush()
    return result
  }

  private static func appendHangul(_ syllable: UInt32, to result: inout [UInt8]) {
    result.append(scalar: 0x1100 + syllable / 588)
    result.append(scalar: 0x1161 + syllable % 588 / 28)
    if syllable % 28 > 0 { result.append(scalar: 0x11a7 + syllable % 28) }
  }

  private static func combiningClass(_ scalar: UInt32) -> UInt8 {
    scalar < 0x1_0000 ? basicClasses[Int(scalar)] : order(of: scalar)
  }

  private static let basicClasses: [UInt8] = (0..<0x1_0000).map(order)

  private static func order(of value: UInt32) -> UInt8 {
    guard let properties = Unicode.Scalar(value)?.properties, let age = properties.age, age.major <= newest
    else {
      return 0
    }
    return properties.canonicalCombiningClass.rawValue
  }

  // MARK: - Composition

  /// The composition of decomposed text: NFC of NFD, NFKC of NFKD.
  static func composed(_ text: [UInt8]) -> [UInt8] {
    // Nothing below U+0300 follows another scalar in a pair.
    guard text.contains(where: { $0 >= 0xcc }) else { return text }
    let pairs = pairs
    var scalars: [UInt32] = []
    scalars.reserveCapacity(text.count)
    let span = text.span
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    func flush() {
      compose(&scalars, pairs)
      for scalar in scalars { result.append(scalar: scalar) }
      scalars.removeAll(keepingCapacity: true)
    }
    var index = 0
    while index < text.count {
      let (scalar, length) = decodeScalar(span, at: index, limit: text.count)
      if scalar == invalidScalar {
        flush()
        result.append(span[index])
      } else {
        // A starter that nothing before it takes begins a new stretch.
        if scalar < 0x300 { flush() }
        scalars.append(scalar)
      }
      index += length
    }
    flush()
    return result
  }

  /// UAX 15's algorithm: each scalar joins the last starter unless a scalar of no lower class stands between.
  private static func compose(_ scalars: inout [UInt32], _ pairs: PairTable) {
    guard scalars.count > 1 else { return }
    var starter = -1
    var last: UInt8 = 0
    var length = 0
    for scalar in scalars {
      let order = combiningClass(scalar)
      if starter >= 0, length == starter + 1 || last < order && last > 0,
        let joined = pair(scalars[starter], scalar, pairs)
      {
        scalars[starter] = joined
        continue
      }
      if order == 0 { starter = length }
      last = order
      scalars[length] = scalar
      length += 1
    }
    scalars.removeLast(scalars.count - length)
  }

  private static func pair(_ first: UInt32, _ second: UInt32, _ pairs: PairTable) -> UInt32? {
    if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
      return 0xac00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
    }
    if (0xac00...0xd7a3).contains(first), (first - 0xac00) % 28 == 0, (0x11a8..<0x11c3).contains(second) {
      return first + second - 0x11a7
    }
    return pairs.value(of: Int32(first), Int32(second))
  }

  /// First and second scalar of each composition.
  private static let pairs: PairTable = {
    var table = PairTable(capacity: canonical.entries.count)
    for (scalar, parts) in canonical.entries {
      let text = Unicode.Scalar(scalar).map { String($0) } ?? ""
      guard parts.count > 1, let last = parts.last,
        let first = parts.count == 2 ? parts[0] : composable(Array(parts.dropLast())),
        text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual(text.unicodeScalars)
      else { continue }
      table.insert(Int32(first), Int32(last), scalar)
    }
    /// The scalar that decomposes into `parts` and that compositions make.
    func composable(_ parts: [UInt32]) -> UInt32? {
      let text = String(String.UnicodeScalarView(parts.compactMap(Unicode.Scalar.init)))
      let composed = text.precomposedStringWithCanonicalMapping.unicodeScalars
      return composed.count == 1 ? composed.first?.value : nil
    }
    return table
  }()

  /// The scalars that decompose, and into what.
  private struct Table: Sendable {
    private var basicPlane = [UInt16](repeating: 0, count: 0x1_0000)
    private var beyond: [UInt32: UInt16] = [:]
    private(set) var scalars: [[UInt32]] = [[]]
    /// Each scalar with its parts.
    private(set) var entries: [(scalar: UInt32, parts: [UInt32])] = []

    func place(of scalar: UInt32) -> Int? {
      let place = scalar < 0x1_0000 ? basicPlane[Int(scalar)] : beyond[scalar] ?? 0
      return place == 0 ? nil : Int(place)
    }

    /// Asks Foundation for all scalars at once, a line feed between them, which nothing joins.
    init(_ decompose: (String) -> String) {
      var asked = String.UnicodeScalarView()
      var values: [UInt32] = []
      for range in [0xa0..<0xac00, 0xf900..<0xfff0, 0x1_0000..<0x2_0000, 0x2_f800..<0x2_fa20]
        as [Range<UInt32>]
      {
        for value in range {
          guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= newest
          else {
            continue
          }
          values.append(value)
          asked.append(scalar)
          asked.append("\n")
        }
      }
      var place = 0
      var parts: [UInt32] = []
      for scalar in decompose(String(asked)).unicodeScalars {
        guard scalar == "\n" else {
          parts.append(scalar.value)
          continue
        }
        if parts != [values[place]] {
          if values[place] < 0x1_0000 {
            basicPlane[Int(values[place])] = UInt16(scalars.count)
          } else {
            beyond[values[place]] = UInt16(scalars.count)
          }
          scalars.append(parts)
          entries.append((values[place], parts))
        }
        parts.removeAll()
        place += 1
      }
    }
  }

  private static let canonical = Table(\.decomposedStringWithCanonicalMapping)
  private static let compatible = Table(\.decomposedStringWithCompatibilityMapping)
}
