/// What somebody who wrote `word` may have meant: the nearest of `known`, if it is near.
///
/// Near is at most a third of the word's letters changed, dropped, added or swapped with their neighbour
/// (Damerau and Levenshtein's distance, each place once); case does not count. O(|word| · |known|) a candidate.
package func nearest(to word: String, among known: some Sequence<String>) -> String? {
  let letters = word.lowercased()
  let limit = max(1, letters.count / 3)
  let scored = known.compactMap { name in
    editDistance(letters, name.lowercased(), atMost: limit).map { (name: name, distance: $0) }
  }
  return scored.min { $0.distance < $1.distance }?.name
}

/// `; did you mean "…"?`, or nothing.
package func suggestion(for word: String, among known: some Sequence<String>) -> String {
  nearest(to: word, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
}

/// Damerau and Levenshtein's distance, each place once; nil above the limit.
package func editDistance(_ a: String, _ b: String, atMost limit: Int) -> Int? {
  let (a, b) = (Array(a), Array(b))
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
      row.append(best)
    }
    // A swap reaches back two rows.
    if min(row.min() ?? 0, rows[i].min() ?? 0) > limit { return nil }
    rows.append(row)
  }
  let distance = rows[a.count][b.count]
  return distance <= limit ? distance : nil
}
