internal import ELM
internal import Foundation
internal import Geometry
public import Reports
internal import Statistics
internal import Stores
internal import Studies
public import Workflow

extension StudyResults {
  /// `results.json`: every metric with what it can be traced by.
  ///
  /// - Parameter study: what was asked for, where the results do not know.
  func file(_ study: Study) throws -> ResultsFile {
    var file = ResultsFile()
    file.results = metrics
    file.config = try (self.study ?? study).configuration()
    file.seeds = ["study": study.seed]
    for model in models {
      // Two models may come from files of one name.
      let isOne = models.count { $0.file == model.file } == 1
      file.hashes[isOne ? model.file : "\(model.name)/\(model.file)"] = model.fileHash
      file.hashes["\(model.name).h5"] = model.storeIdentity
    }
    for elm in elms {
      file.hashes["\(elm.name).elm.h5"] = elm.file.identity
      file.hashes["\(elm.file.domain.name).domain.h5"] = elm.file.record.domain.identity
    }
    file.versions = Dictionary(ToolVersions.all.map { ($0.name.lowercased(), $0.version) }) { first, _ in
      first
    }
    file.gitHash = ToolVersions.commit
    file.date = Date.now.ISO8601Format()
    file.seconds = seconds
    return file
  }
}

extension StorePair {
  /// A comparison in the shape of `results.json`, with the columns of its tokens as `tokens`.
  ///
  /// - Parameter draws: also the draws of each null that has some, as `draws`, by task and metric.
  public func json(_ result: PairResult, draws: Bool = false) throws -> JSONValue {
    var results = StudyResults()
    results.models = [ModelSummary(a), ModelSummary(b)]
    results.pairs = [result]
    var study = Study(name: result.name, models: [a, b].map { Study.Model($0.store.path, name: $0.name) })
    study.options = options
    guard case .object(var members) = try results.file(study).json else { return .null }
    members["tokens"] = result.tokenTable.json
    if draws { members["draws"] = result.draws }
    return .object(members)
  }
}

extension PairResult {
  /// The draws of every null that has some, in the order of the permutations, which all measures share.
  fileprivate var draws: JSONValue {
    let drawn = findings.measured.compactMap { number in
      number.evaluation.estimate?.null?.sample.map { sample in
        ("\(name)/\(number.task)/\(number.key)", JSONValue.array(sample.map { .number($0) }))
      }
    }
    return .object(Dictionary(drawn) { first, _ in first })
  }
}
