internal import Foundation
internal import Lenses
internal import Points
internal import Stores
internal import Transformers
internal import Workflow

// What can be found of points and lenses before anything is imported.

extension StudyRunner {
  /// Holds every point against the models that it is read in, before anything is imported.
  func check(_ asked: AskedPoints, in running: [String: Model], _ faults: inout StudyFaults) {
    for model in study.models {
      guard let source = pointSource(model, running[model.name], hash: "") else { continue }
      check(asked, against: source, withFilesAlone: false, &faults)
    }
    let wanted = [
      (study.lensModels, study.lenses.sets.isEmpty ? [] : study.lenses.kinds),
      (study.models.map(\.name).filter { name in !asked.groups(of: name).isEmpty }, study.points.lenses),
      (
        study.models.map(\.name).filter { name in
          study.lenses.pairs.contains { $0.components(separatedBy: "--").contains(name) }
        }, study.lenses.kinds
      ),
    ]
    var seen: Set<String> = []
    for (models, kinds) in wanted {
      for model in models {
        for kind in kinds where LensKind.fitted.contains(kind) {
          let path = lensPath(kind, of: model)
          guard seen.insert(path).inserted, !FileManager.default.fileExists(atPath: path) else { continue }
          _ =
            faults.collect {
              throw LensError.notFitted(kind: kind.rawValue, model: model, path: path)
            } as Void?
        }
      }
    }
  }

  /// Holds files of points and lenses against the models' hashes.
  func checkFiles(
    of asked: AskedPoints, _ models: [StudyInputs.ModelFile], _ running: [String: Model],
    _ faults: inout StudyFaults
  ) {
    for model in models {
      if let source = pointSource(
        study.models.first { $0.name == model.name } ?? Study.Model(model.name), running[model.name],
        hash: model.hash)
      {
        check(asked, against: source, withFilesAlone: true, &faults)
      }
      var kinds = asked.groups(of: model.name).isEmpty ? [] : study.points.lenses
      if !study.lenses.isEmpty { kinds += study.lenses.kinds }
      for kind in Set(kinds) where LensKind.fitted.contains(kind) {
        let path = lensPath(kind, of: model.name)
        guard FileManager.default.fileExists(atPath: path) else { continue }
        _ = faults.collect {
          try LensStore.open(path).requireFit(
            model: StoreReference(name: model.name, identity: model.hash, source: model.hash))
        }
      }
    }
  }

  private func pointSource(
    _ model: Study.Model, _ running: Model?, hash: String
  ) -> (any PointSource)? {
    if let running { return PointDraft(model.name, running, hash: hash) }
    guard let store = try? EmbeddingStore.open(steps.storePath(model.name)) else { return nil }
    return try? PointModel(
      model.name, store, runnable: .failure(PointGap("\(model.name) is a store without its checkpoint")))
  }

  private func check(
    _ asked: AskedPoints, against source: any PointSource, withFilesAlone: Bool, _ faults: inout StudyFaults
  ) {
    let walks = asked.walks(of: source.name)
    let points =
      asked.groups(of: source.name).flatMap(\.points) + walks.flatMap { [$0.start, $0.towards] }
    for point in points where !withFilesAlone || !point.files.isEmpty {
      _ = faults.collect {
        do throws(PointError) { try source.check(point.text) } catch {
          throw point.place.error("a point of \(source.name)", "\(error)")
        }
      }
    }
    guard !withFilesAlone else { return }
    for walk in walks {
      _ = faults.collect {
        do throws(PointError) { try source.checkWay(from: walk.start.text, to: walk.locatedGoal) } catch {
          throw walk.start.place.error("a way of \(source.name)", "\(error)")
        }
      }
    }
  }
}
