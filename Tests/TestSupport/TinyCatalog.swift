/// A catalog of one model, `tiny`, of 12 bytes.
package enum TinyCatalog {
  /// What the catalog says of its file.
  package static let hash = String(repeating: "0123456789abcdef", count: 4)
  package static let packages =
    #"pypi: {packages: [tiny-part1==1.0.0, tiny-part2==1.0.0], member: "tiny.part*"}"#
  package static let repository = "huggingface: {repository: org/tiny, file: tiny.gguf}"

  package static func text(sources: [String] = [packages, repository]) -> String {
    """
    format: 1
    models:
      - id: tiny
        family: llama
        what: A model
        licence: Apache-2.0
        licence-url: https://example.org/licence
        file: tiny.gguf
        size: 12
        sha256: \(hash)
        sources:
    """ + sources.map { "\n      - " + $0 }.joined()
  }
}
