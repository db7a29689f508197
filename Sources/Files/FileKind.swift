import Foundation

/// What a file is, told from its first bytes: what a reader says when it was given something else than it reads.
package enum FileKind: Sendable, Equatable {
  case gguf
  /// A GGUF file whose tensors are directions for llama.cpp's `--control-vector`.
  case controlVector
  case oldGGML
  case safetensors
  /// A safetensors file that holds a steering vector of ours.
  case steeringVector
  case hdf5
  case pickle
  case zippedPickle
  case zip
  case numpy
  /// gzip, bzip2, xz or zstd, by name.
  case compressed(String)
  case webPage
  /// The lines that Git LFS keeps in a repository in place of a file of `size` bytes.
  case gitLFSPointer(size: String?)
  case json
  case wordVectors
  /// Of word2vec.
  case binaryWordVectors
  /// fastText's own.
  case fastText
  case text
  case wideText
  case empty
  case unknown

  /// The kind of a file that begins with these bytes: the first 4 KiB are looked at, and 512 of them suffice.
  package init(_ bytes: some Collection<UInt8>) {
    let head = Array(bytes.prefix(4096))
    self = Self.binary(head) ?? Self.textual(head)
  }

  /// The longest header of a safetensors file that is read, in bytes.
  package static let longestSafetensorsHeader = 100_000_000

  /// The first bytes of an HDF5 file.
  package static let hdf5Signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The version of an HDF5 file's superblock, from its first nine bytes; nil for another file, and one that is cut short. Ours have 3;
  /// libraries write 0 by default.
  package static func superblockVersion(_ head: [UInt8]) -> UInt8? {
    head.count > hdf5Signature.count && head.starts(with: hdf5Signature) ? head[hdf5Signature.count] : nil
  }

  private static let magics: [(magic: [UInt8], kind: FileKind)] = [
    (hdf5Signature, .hdf5),
    (Array("PK".utf8) + [3, 4], .zip), (Array("PK".utf8) + [5, 6], .zip),
    ([0x93] + Array("NUMPY".utf8), .numpy),
    ([0x1F, 0x8B], .compressed("gzip")), (Array("BZh".utf8), .compressed("bzip2")),
    ([0xFD] + Array("7zXZ".utf8), .compressed("xz")), ([0x28, 0xB5, 0x2F, 0xFD], .compressed("zstd")),
    (Array("lmgg".utf8), .oldGGML), (Array("tjgg".utf8), .oldGGML), (Array("fmgg".utf8), .oldGGML),
    ([0xFF, 0xFE], .wideText), ([0xFE, 0xFF], .wideText), ([0xBA, 0x16, 0x4F, 0x2F], .fastText),
  ]

  private static func binary(_ head: [UInt8]) -> FileKind? {
    if head.isEmpty { return .empty }
    if head.starts(with: "GGUF".utf8) { return holds("controlvector", in: head) ? .controlVector : .gguf }
    // Before the others, whose magics are lengths of headers as well: 640 is that of a pickle.
    let headerLength = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if head.count > 8, head[8] == UInt8(ascii: "{"),
      (2...UInt64(longestSafetensorsHeader)).contains(headerLength)
    {
      return holds("sextant-steering-vector", in: head) ? .steeringVector : .safetensors
    }
    if let known = magics.first(where: { head.starts(with: $0.magic) })?.kind {
      return known == .zip && holds("data.pkl", in: head) ? .zippedPickle : known
    }
    if head.count > 2, head[0] == 0x80, (2...5).contains(head[1]) { return .pickle }
    return nil
  }

  private static func holds(_ word: String, in head: [UInt8]) -> Bool {
    head.indices.contains { head[$0...].starts(with: word.utf8) }
  }

  private static func textual(_ head: [UInt8]) -> FileKind {
    // A head may end inside a character.
    guard let text = (0...3).lazy.compactMap({ String(validating: head.dropLast($0), as: UTF8.self) }).first,
      !text.utf8.contains(where: { $0 < 0x20 && !(0x09...0x0D).contains($0) && $0 != 0x1B })
    else { return isBinaryWordVectors(head) ? .binaryWordVectors : .unknown }
    let visible = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    let start = visible.prefix(64).lowercased()
    if start.hasPrefix("version https://git-lfs.github.com/spec/") {
      let size = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("size ") }
      return .gitLFSPointer(size: size.map { String($0.dropFirst(5)) })
    }
    if ["<!doctype", "<html", "<head", "<?xml", "<!--"].contains(where: start.hasPrefix) { return .webPage }
    if visible.first == "{" || visible.first == "[" { return .json }
    return isWordVectors(visible) ? .wordVectors : .text
  }

  /// A word and at least four numbers in each of the first lines; word2vec's first line has two numbers alone.
  private static func isWordVectors(_ text: Substring) -> Bool {
    let lines = text.split(whereSeparator: \.isNewline).prefix(2).map { $0.split(separator: " ") }
    guard let line = lines.last, line.count >= 5 else { return false }
    // The last number may be cut.
    return line.dropFirst().dropLast().allSatisfy { Double($0) != nil }
  }

  /// A line of two whole numbers, then a word, a space and bytes.
  private static func isBinaryWordVectors(_ head: [UInt8]) -> Bool {
    guard let end = head.prefix(40).firstIndex(of: 0x0A), head.dropFirst(end).prefix(2000).contains(0x20)
    else {
      return false
    }
    let counts = head[..<end].split(separator: 0x20, omittingEmptySubsequences: false)
    return counts.count == 2
      && counts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
  }

  /// What holds a model that can be read.
  package static let models = "a model (GGUF, safetensors or a folder of Hugging Face)"

  /// Whether files of this name are pickled weights as a rule.
  package static func isPickle(named name: String) -> Bool {
    [".bin", ".pt", ".pth", ".ckpt"].contains(where: name.hasSuffix)
  }

  /// What the file is, with its article.
  package var words: String {
    switch self {
    case .gguf: "a GGUF file"
    case .controlVector: "a GGUF control vector"
    case .oldGGML: "a GGML file from before GGUF"
    case .safetensors: "a safetensors file"
    case .steeringVector: "a steering vector (safetensors)"
    case .hdf5: "an HDF5 file, as stores and maps are"
    case .pickle, .zippedPickle: "pickled weights of PyTorch"
    case .zip: "a ZIP archive"
    case .numpy: "a NumPy array"
    case .compressed(let name): "a file compressed with \(name)"
    case .webPage: "a web page (HTML)"
    case .gitLFSPointer(let size):
      "a Git LFS pointer" + (size.map { ", which stands for a file of \($0) bytes" } ?? "")
    case .json: "a JSON file"
    case .wordVectors: "word vectors as text"
    case .binaryWordVectors: "word vectors in word2vec's binary form"
    case .fastText: "a model in fastText's own binary form"
    case .text: "plain text"
    case .wideText: "text in UTF-16"
    case .empty: "an empty file"
    case .unknown: "bytes of no kind that is known here"
    }
  }

  /// What to do with such a file; `nil` where it is only the wrong one.
  package var remedy: String? {
    switch self {
    case .gitLFSPointer: "fetch the file itself with `git lfs pull`, or download it again"
    case .webPage: "the download was answered by a page, often of a login or an error: download it again"
    case .pickle, .zippedPickle:
      "convert it with model.save_pretrained(FOLDER, safe_serialization=True)"
    case .compressed, .zip: "unpack it first"
    case .oldGGML: "convert it with llama.cpp's scripts, or download a GGUF of the model"
    case .fastText: "take the .vec file beside it, which has the same words as text"
    case .controlVector, .steeringVector: "give it to --vector, or to `sextant steer transfer`"
    case .wideText: "save it as UTF-8"
    case .empty: "download or write it again"
    default: nil
    }
  }

  /// Whether the file could still be meant as text in YAML or JSON: an error of its parser says more then.
  var isText: Bool {
    switch self {
    case .json, .text, .wordVectors, .empty: true
    default: false
    }
  }
}
