internal import Domains
internal import ELM
internal import Files
internal import Stores

/// The embedding language models that a study judges, with all that is known of them before anything is computed.
package struct AskedElms: Sendable {
  /// A file with its domain.
  struct Asked: Sendable {
    /// What reports call it.
    let name: String
    let file: ElmFile
    /// Those that are judged.
    let tasks: [ElmTask]
    let attributes: [ItemAttribute]
    /// Where it stands in the study, in words.
    let place: String
  }

  var all: [Asked] = []

  package init() {}
}

extension Study {
  /// - Parameter folder: of models and domains.
  /// - Throws: as ``askedElms(in:_:)`` gathers.
  package func askedElms(in folder: String) throws -> AskedElms {
    var faults = StudyFaults()
    let asked = askedElms(in: folder, &faults)
    try faults.check(file.isEmpty ? name : file)
    return asked
  }

  /// What is asked about embedding language models, without those that cannot be read.
  func askedElms(in folder: String, _ faults: inout StudyFaults) -> AskedElms {
    var asked = AskedElms()
    for (index, elm) in elms.files.enumerated() {
      let place = places.words("\(Parameters.elmFiles.key)[\(index)]")
      let file = faults.collect(place) {
        try ElmFile.open(located(elm.source) ?? elm.source, in: folder)
      }
      guard let file else { continue }
      let tasks = faults.collect(places.words(Parameters.elmTasks.key)) { try file.chosen(elms.tasks) } ?? []
      if elms.asksBetween || !elms.attributes.isEmpty, file.firstTask == nil {
        _ = faults.collect(place) { () throws -> Void in
          throw ElmError.notEvaluable(
            what: "points of \(elm.title)", reason: "none of its tasks is about one vector")
        }
      }
      let attributes = elms.attributes.enumerated().compactMap { index, attribute in
        faults.collect(places.words("\(Parameters.elmAttributes.key)[\(index)]")) {
          try ItemAttribute(
            located(attribute: attribute.path, of: file.domain.fields.map(\.name)), of: file.domain
          )
          .renamed(attribute.title)
        }
      }
      asked.all.append(
        .init(name: elm.title, file: file, tasks: tasks, attributes: attributes, place: place))
    }
    return asked
  }

  /// What has the name of a field is no path.
  private func located(attribute text: String, of fields: [String]) throws -> String {
    fields.contains(String(text.prefix { $0 != "=" })) ? text : try located(text) ?? text
  }

  /// The same files and attributes with paths from the current folder.
  func locatedElms() throws -> ElmsOptions {
    var options = elms
    for index in options.files.indices {
      options.files[index].source = try located(options.files[index].source) ?? options.files[index].source
    }
    for index in options.attributes.indices where !options.attributes[index].path.contains("=") {
      let path = options.attributes[index].path
      options.attributes[index].path = try located(path) ?? path
    }
    return options
  }
}
