import Foundation

/// What a model is called in files, tables and hypotheses: one name a model, one model a name.
public enum ModelName {
  /// What is taken off the end of a file's name. Nothing else is: `Qwen2.5-0.5B` has no extension.
  private static let extensions =
    [".gguf", ".safetensors", ".h5"] + [".npy", ".npz", ".csv", ".tsv", ".txt", ".vec", ".whl", ".h5ad"]
  /// `A--B.METHOD.h5` of two such names still fits into what file systems allow (255 bytes).
  private static let longest = 100

  /// The name of a catalog id, a file, a folder, or `org/name` in the Hugging Face cache: the last part of the path, without
  /// the ending of a kind of file that is read. A snapshot in the cache is called after its repository, not after the commit; an array
  /// of a file (`FILE:NAME`) after the file; a part of a GGUF model without the part's number.
  public static func of(_ source: String) -> String {
    if let colon = source.lastIndex(of: ":") {
      let file = source[..<colon].lowercased()
      if extensions.contains(where: file.hasSuffix) { return of(String(source[..<colon])) }
    }
    if let reference = try? HubReference(source), reference.revision.hasPrefix("refs/") {
      return of(reference.repository) + "@" + reference.revision.replacing("/", with: "-")
    }
    let components = URL(filePath: source).standardizedFileURL.pathComponents
    let last = components.last ?? source
    if components.count >= 3, components[components.count - 2] == "snapshots",
      let repository = repository(components[components.count - 3])
    {
      return repository
    }
    if let part = GGUFPartName(last) { return part.stem }
    let ending = extensions.first { last.count > $0.count && last.lowercased().hasSuffix($0) }
    return String(last.dropLast(ending?.count ?? 0))
  }

  /// `name` of the cache folder `models--org--name`.
  private static func repository(_ folder: String) -> String? {
    guard folder.hasPrefix("models--") else { return nil }
    let full = folder.dropFirst("models--".count)
    return full.firstRange(of: "--").map { String(full[$0.upperBound...]) } ?? String(full)
  }

  /// Why files cannot be named after `name`; nil where they can.
  public static func fault(_ name: String) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.utf8.count > longest { return "it is longer than \(longest) bytes" }
    if name.hasPrefix(".") || name.hasPrefix("-") { return "it begins with \(name.prefix(1))" }
    if name.first?.isWhitespace == true || name.last?.isWhitespace == true {
      return "it has white space at its ends"
    }
    let unsafe = name.unicodeScalars.first { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
      default: "/\\:*?\"<>|".unicodeScalars.contains(scalar)
      }
    }
    return unsafe.map { scalar in
      let words =
        (0x21...0x7E).contains(scalar.value)
        ? "\(scalar)" : "U+" + String(scalar.value, radix: 16).uppercased()
      return "it holds \(words), which file names cannot have everywhere"
    }
  }

  /// The same for names that some file systems take for one: case does not count there.
  public static func folded(_ name: String) -> String {
    name.precomposedStringWithCanonicalMapping.lowercased()
  }
}
