import ArgumentParser
import Distribution
import Foundation
import Synchronization
import Tensors

/// This process as one rank of several: what it computes with, and how it ends.
enum Ranks {
  private static let joined = Mutex<Workers?>(nil)

  /// Refuses commands that several ranks would all do, each for itself.
  static func check(_ command: any ParsableCommand) throws {
    guard let launched = MPIJob.launched, launched.size > 1,
      !(command is CompareCommand || command is ElmFitCommand)
    else { return }
    throw ValidationError(
      "only `sextant compare` and `sextant elm fit` run on several ranks; start this command without mpirun")
  }

  /// The result of `body`, whose blocks the ranks share; `nil` on every rank but the first, which prints.
  static func run<Result>(keeping folder: BlockFolder, _ body: () throws -> Result) throws -> Result? {
    let workers = try MPIJob.join(keeping: folder, patience: patience, code: ExitStatus.rankLost.rawValue) {
      Console.error("sextant: \($0)")
    }
    joined.withLock { $0 = workers }
    let result = try Workers.$current.withValue(workers) { try body() }
    if workers.isRoot && !workers.areThreadsOnly { folder.removeUsed() }
    MPIJob.leave(workers)
    joined.withLock { $0 = nil }
    return workers.isRoot ? result : nil
  }

  /// SHA-256 of the program that runs: blocks that a killed job has left are for the same build alone.
  static let build: String = {
    guard let program = Bundle.main.executablePath, let file = try? MappedFile(path: program) else {
      return UUID().uuidString
    }
    return file.sha256()
  }()

  /// How long the first rank waits for the next block: `SEXTANT_MPI_PATIENCE` seconds, an hour without it.
  private static var patience: Duration {
    let seconds = ProcessInfo.processInfo.environment["SEXTANT_MPI_PATIENCE"].flatMap(Int.init)
    return .seconds(seconds.map { max($0, 1) } ?? 3600)
  }

  /// A rank but the first, before it has joined: the first one meets the same error and prints it. Without MPI nobody joins,
  /// and each process speaks for itself.
  static var isSilent: Bool {
    MPIJob.isAvailable && MPIJob.launched?.rank ?? 0 > 0 && joined.withLock { $0 == nil }
  }

  /// Before a rank but the first says what is wrong: most errors meet all ranks, and the first one's message,
  /// which ends this process too, is enough.
  static func waitForRoot() {
    guard let rank = MPIJob.launched?.rank, rank > 0 else { return }
    Thread.sleep(forTimeInterval: 3)
    Console.error("sextant: rank \(rank):")
  }

  /// Ends the other ranks with this one.
  static func abort(_ status: ExitStatus) {
    guard status != .success, let workers = joined.withLock({ $0 }) else { return }
    MPIJob.abort(workers, code: status.rawValue)
  }
}
