/// A name that equals another only byte for byte: `String` equality and dictionaries of strings would merge names
/// that differ in Unicode normalisation alone, as tokens of a vocabulary do. Hashed with the process's seed, so
/// that no file can be made whose names collide.
package struct ExactName: Hashable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (a: ExactName, b: ExactName) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}
