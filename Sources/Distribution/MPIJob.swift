internal import Foundation
internal import Synchronization

#if MPI
  internal import CMPI
#endif

/// The MPI job that this process is a rank of.
public enum MPIJob {
  /// Whether this build has MPI.
  public static var isAvailable: Bool {
    #if MPI
      return true
    #else
      return false
    #endif
  }

  /// What a launcher set for this process; `nil` for a process that was started by itself, also where the environment
  /// holds a rank's number without the number of ranks.
  ///
  /// Open MPI's `mpirun` and Slurm's `srun --mpi=pmix` are known.
  public static var launched: (rank: Int, size: Int)? {
    let environment = ProcessInfo.processInfo.environment
    let launchers = [("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMIX_RANK", "SLURM_NTASKS")]
    for (rankKey, sizeKey) in launchers {
      guard let rank = environment[rankKey].flatMap(Int.init),
        let size = environment[sizeKey].flatMap(Int.init)
      else { continue }
      return (rank, size)
    }
    return nil
  }

  /// Joins the ranks of the job; `Workers.threads` for a process that no launcher started.
  ///
  /// - Parameters:
  ///   - folder: where root keeps finished blocks.
  ///   - patience: how long root waits for the next block.
  ///   - lost: root's or another rank's last words; the process ends with `code` afterwards, and all ranks
  ///     with it.
  /// - Throws: `DistributionError.unavailable` where several ranks were started of a build without MPI.
  public static func join(
    keeping folder: BlockFolder, patience: Duration, code: Int32,
    lost: @escaping @Sendable (DistributionError) -> Void
  ) throws(DistributionError) -> Workers {
    guard let launched else { return .threads }
    #if MPI
      let transport = try MPITransport(code: code, lost: lost)
      return Workers(transport: transport, folder: transport.rank == 0 ? folder : nil, patience: patience)
    #else
      guard launched.size < 2 else { throw .unavailable }
      return .threads(keeping: folder)
    #endif
  }

  /// Leaves the job after the last work; nothing for a process by itself.
  public static func leave(_ workers: Workers) {
    #if MPI
      if workers.transport is MPITransport { sextant_mpi_stop() }
    #endif
  }

  /// Ends all ranks with a code, for an error that others may not see.
  public static func abort(_ workers: Workers, code: Int32) {
    #if MPI
      if workers.transport is MPITransport { sextant_mpi_abort(code) }
    #endif
  }
}

#if MPI
  /// Ranks over `MPI_COMM_WORLD`. Called from one thread.
  private final class MPITransport: Transport {
    let rank: Int
    let size: Int
    private let code: Int32
    private let lost: @Sendable (DistributionError) -> Void
    private let watched = Mutex<DistributionError?>(nil)
    // Set once; kept so that the source lives.
    nonisolated(unsafe) private let ended: any DispatchSourceSignal
    /// One broadcast holds at most so many bytes: counts are 32-bit.
    private static let piece = 1 << 30

    init(code: Int32, lost: @escaping @Sendable (DistributionError) -> Void) throws(DistributionError) {
      var (rank, size): (Int32, Int32) = (0, 1)
      let status = unsafe sextant_mpi_start(&rank, &size)
      guard status == sextant_mpi_success() else {
        throw .transport(rank: Int(rank), operation: "MPI_Init_thread", reason: "status \(status)")
      }
      (self.rank, self.size, self.code, self.lost) = (Int(rank), Int(size), code, lost)
      // The launcher ends the other ranks by SIGTERM when one is lost; root says what was out.
      signal(SIGTERM, SIG_IGN)
      let source = DispatchSource.makeSignalSource(
        signal: SIGTERM, queue: DispatchQueue(label: "sextant.mpi"))
      unsafe ended = source
      source.setEventHandler { [weak self] in
        guard let self else { return }
        if self.rank == 0 { self.lost(self.watched.withLock { $0 } ?? .lostBetweenBlocks) }
        _exit(self.code)
      }
      source.activate()
    }

    func broadcast(_ bytes: [UInt8]) throws(DistributionError) -> [UInt8] {
      var count = [Int64(bytes.count)]
      try check("broadcast of a length") { unsafe sextant_mpi_broadcast(&count, 8) }
      var contents = rank == 0 ? bytes : [UInt8](repeating: 0, count: Int(count[0]))
      for start in stride(from: 0, to: contents.count, by: Self.piece) {
        let length = Int32(min(Self.piece, contents.count - start))
        try check("broadcast") {
          unsafe contents.withUnsafeMutableBytes { buffer in
            unsafe sextant_mpi_broadcast(buffer.baseAddress! + start, length)
          }
        }
      }
      return contents
    }

    func send(_ bytes: [UInt8], block: Int) throws(DistributionError) {
      guard let count = Int32(exactly: bytes.count), let tag = Int32(exactly: block) else {
        throw .transport(
          rank: rank, operation: "sending block \(block)",
          reason: "\(bytes.count) bytes are too many for one message")
      }
      try check("sending block \(block)") {
        unsafe bytes.withUnsafeBytes { unsafe sextant_mpi_send($0.baseAddress, count, tag) }
      }
    }

    func receive() throws(DistributionError) -> Delivery? {
      var (arrived, from, block, count): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
      try check("looking for blocks") { unsafe sextant_mpi_probe(&arrived, &from, &block, &count) }
      guard arrived != 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: Int(count))
      try check("receiving block \(block) of rank \(from)") {
        unsafe bytes.withUnsafeMutableBytes {
          unsafe sextant_mpi_receive($0.baseAddress, count, from, block)
        }
      }
      return Delivery(rank: Int(from), block: Int(block), bytes: bytes)
    }

    func watch(_ lost: DistributionError?) { watched.withLock { $0 = lost } }

    func fail(_ error: DistributionError) -> Never {
      lost(error)
      sextant_mpi_abort(code)
      _exit(code)
    }

    private func check(_ operation: String, _ body: () -> Int32) throws(DistributionError) {
      let status = body()
      guard status != sextant_mpi_success() else { return }
      var text = [CChar](repeating: 0, count: Int(sextant_mpi_message_length()) + 1)
      let length = unsafe sextant_mpi_explain(status, &text)
      let reason = String(decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw .transport(rank: rank, operation: operation, reason: reason)
    }
  }
#endif
