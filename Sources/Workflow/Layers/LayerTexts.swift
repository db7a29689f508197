internal import Steering
package import Tokenizers

/// Short texts that two models read side by side.
///
/// Texts of one group are variants of each other and always stay on the same side of a split.
public struct LayerTexts: Sendable, Equatable {
  public let texts: [String]
  /// The group of each text, from 0.
  public let groups: [Int]

  /// - Precondition: one group a text.
  public init(_ texts: [String], groups: [Int]) {
    precondition(texts.count == groups.count, "\(texts.count) texts with \(groups.count) groups")
    self.texts = texts
    self.groups = groups
  }

  /// The bundled texts: the neutral ones and both sides of each training pair of the contrast sets, which are a
  /// group. Test items are left out, so that they stay unseen by whatever is fitted here.
  ///
  /// - Parameter excluded: contrast sets whose texts are left out: those whose vector a map is to carry.
  /// - Throws: `SteeringError` when a resource is missing.
  public static func bundled(excluding excluded: Set<String> = []) throws -> LayerTexts {
    var texts = try ContrastSet.neutralTexts()
    var groups = Array(texts.indices)
    for name in ContrastSet.bundledNames where !excluded.contains(name) {
      for pair in try ContrastSet.bundled(name).train {
        let group = (groups.last ?? -1) + 1
        texts += [pair.positive, pair.negative]
        groups += [group, group]
      }
    }
    return LayerTexts(texts, groups: groups)
  }

  /// One text a group, the variants in turn: without near-copies that would be each other's nearest neighbours in
  /// any model.
  public var oneOfEach: [String] {
    var members: [Int: [String]] = [:]
    for (text, group) in zip(texts, groups) { members[group, default: []].append(text) }
    return members.sorted { $0.key < $1.key }.map { group, variants in variants[group % variants.count] }
  }

  /// Those of `texts` that end in the same token for each tokenizer: the most common ending.
  ///
  /// The state at the last token begins as that token's embedding; texts of different endings would be told apart, in
  /// any two models, by their full stops and question marks.
  package static func equalEndings(_ texts: [String], _ tokenizers: [Tokenizer]) -> [String] {
    let endings = texts.map { text in tokenizers.map { $0.encode(text).last ?? -1 } }
    var counts: [[Int]: Int] = [:]
    for ending in endings { counts[ending, default: 0] += 1 }
    let common = counts.max { ($0.value, $1.key.description) < ($1.value, $0.key.description) }?.key
    return texts.indices.filter { endings[$0] == common }.map { texts[$0] }
  }

  public var groupCount: Int { Set(groups).count }
}

/// Texts as two tokenizers cut them, and the positions at which both have read the same bytes.
package struct PairedPositions: Sendable {
  /// The ids of each text that is used.
  package let sequencesA: [[Int]]
  package let sequencesB: [[Int]]
  /// Positions of each text, pairwise: `placesA[t][i]` and `placesB[t][i]` end at the same byte.
  package let placesA: [[Int]]
  package let placesB: [[Int]]
  /// The group of each pair of positions.
  package let groups: [Int]

  /// The first token of a text is left out: its state is an attention sink. So are texts that a tokenizer does not
  /// give back byte by byte.
  package init(_ texts: LayerTexts, _ a: Tokenizer, _ b: Tokenizer) {
    var (sequencesA, sequencesB): ([[Int]], [[Int]]) = ([], [])
    var (placesA, placesB): ([[Int]], [[Int]]) = ([], [])
    var groups: [Int] = []
    for (text, group) in zip(texts.texts, texts.groups) {
      let (idsA, idsB) = (a.encode(text), b.encode(text))
      guard let endsA = Self.ends(idsA, a, text), let endsB = Self.ends(idsB, b, text) else { continue }
      let positionsB = Dictionary(endsB.map { ($0.end, $0.position) }) { first, _ in first }
      let pairs = endsA.compactMap { end in positionsB[end.end].map { (end.position, $0) } }
      guard !pairs.isEmpty else { continue }
      sequencesA.append(idsA)
      sequencesB.append(idsB)
      placesA.append(pairs.map(\.0))
      placesB.append(pairs.map(\.1))
      groups += pairs.map { _ in group }
    }
    (self.sequencesA, self.sequencesB) = (sequencesA, sequencesB)
    (self.placesA, self.placesB) = (placesA, placesB)
    self.groups = groups
  }

  /// The token at each pair of positions, as the model at the target's or the source's side knows it.
  var tokensA: [Int] { zip(sequencesA, placesA).flatMap { ids, places in places.map { ids[$0] } } }
  var tokensB: [Int] { zip(sequencesB, placesB).flatMap { ids, places in places.map { ids[$0] } } }

  /// The byte behind each text token but the sequence's first token; nil when the tokens are not the text.
  private static func ends(
    _ ids: [Int], _ tokenizer: Tokenizer, _ text: String
  ) -> [(position: Int, end: Int)]? {
    guard tokenizer.decodeBytes(ids).elementsEqual(text.utf8) else { return nil }
    return ids.indices.dropFirst().compactMap { position in
      guard tokenizer.vocabulary[ids[position]].kind != .control else { return nil }
      return (position, tokenizer.decodeBytes(Array(ids[...position])).count)
    }
  }
}
