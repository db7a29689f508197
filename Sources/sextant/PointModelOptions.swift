import ArgumentParser
import Checkpoints
import Files
import Foundation
import Geometry
import Lenses
import Points
import Steering
import Stores
import Transformers
import Workflow

/// How the surroundings of a point are measured.
struct PointGeometryOptionGroup: ParsableArguments {
  @Option(name: .shortAndLong, help: "Neighbours to list, and the one whose distance the alarm takes.")
  var k = PointOptions().neighbours
  @Option(
    help: ArgumentHelp(
      "Rows that are held out of the rest, against which the point is held; more make smaller p possible.",
      valueName: "count"))
  var heldOut = PointOptions().heldOut
  @Option(help: "Seed of all that is drawn.") var seed: UInt64 = 1
  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions

  func validate() throws {
    guard k >= 1 else { throw ValidationError("-k must be 1 or more") }
    guard heldOut >= 19 else { throw ValidationError("--held-out must be 19 or more, or no p is below 0.05") }
  }

  var options: PointReadingOptions {
    var options = PointReadingOptions()
    (options.geometry.neighbours, options.geometry.heldOut, options.geometry.seed) = (k, heldOut, seed)
    options.geometry.neighbourhood = max(options.geometry.neighbourhood, k + 1)
    options.rules.allowsMismatch = mismatch.isAllowed
    options.rules.convention = foreign.convention
    options.seed = seed
    options.words?.seed = seed
    return options
  }
}

extension ModelOptions {
  /// A model whose points are read: its store, imported where it is not there yet, and its checkpoint where that is at hand.
  func pointModel(_ name: String, _ console: Console) throws -> PointModel {
    let opened = try store(name, console)
    console.progress("loading \(opened.name)")
    let runnable: Result<NamedModel, PointGap>
    do {
      let provenance = opened.store.provenance
      let loaded = try Model.load(checkpoint(name, console))
      let identity = ModelIdentity(
        name: opened.name, hash: provenance.sourceSHA256, tokenizerHash: provenance.tokenizerSHA256)
      runnable = .success(NamedModel(loaded, identity))
    } catch let failure as any Failure {
      runnable = .failure(PointGap("\(failure)"))
    }
    return try PointModel(opened.name, opened.store, runnable: runnable)
  }

  /// The models that are imported; a file that can't be opened is spoken of and left out.
  func atlas(alignments: String, _ console: Console) throws -> PointAtlas {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []
    var stores: [NamedStore] = []
    for file in files.sorted() where file.hasSuffix(".h5") {
      do throws(StoreError) {
        stores.append((ModelName.of(file), try EmbeddingStore.open("\(models)/\(file)")))
      } catch {
        // Graphs and lenses lie beside the stores.
        if case .encoding = error { continue }
        console.warning("\(error)")
      }
    }
    return PointAtlas(stores: stores, alignments: alignments)
  }
}
