package import Distribution
internal import Foundation
internal import Synchronization

/// Ranks as threads of this process, over queues.
package final class ThreadHub: Sendable {
  fileprivate struct State {
    var deliveries: [Delivery] = []
    var broadcasts: [[UInt8]] = []
  }
  fileprivate let state = Mutex(State())

  package init() {}
}

/// A rank of them.
package final class ThreadTransport: Transport {
  package let rank: Int
  package let size: Int
  private let hub: ThreadHub
  private let round = Mutex(0)

  package init(_ rank: Int, of size: Int, _ hub: ThreadHub) {
    (self.rank, self.size, self.hub) = (rank, size, hub)
  }

  package func broadcast(_ bytes: [UInt8]) throws(DistributionError) -> [UInt8] {
    let place = round.withLock { round in
      defer { round += 1 }
      return round
    }
    if rank == 0 { hub.state.withLock { $0.broadcasts.append(bytes) } }
    while true {
      if let found = hub.state.withLock({ $0.broadcasts.count > place ? $0.broadcasts[place] : nil }) {
        return found
      }
      Thread.sleep(forTimeInterval: 0.0002)
    }
  }

  package func send(_ bytes: [UInt8], block: Int) throws(DistributionError) {
    hub.state.withLock { $0.deliveries.append(Delivery(rank: rank, block: block, bytes: bytes)) }
  }

  package func receive() throws(DistributionError) -> Delivery? {
    hub.state.withLock { $0.deliveries.popLast() }
  }

  package func watch(_ lost: DistributionError?) {}
  package func fail(_ error: DistributionError) -> Never { preconditionFailure("\(error)") }
}

/// What `body` returns on each of some ranks, which are threads; an error ends the test.
package func onRanks<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable () throws -> Result
) throws -> [Result] {
  let hub = ThreadHub()
  let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
  let group = DispatchGroup()
  for rank in 0..<count {
    group.enter()
    Thread.detachNewThread {
      let workers = Workers(transport: ThreadTransport(rank, of: count, hub), folder: nil)
      let result = Swift.Result { try Workers.$current.withValue(workers) { try body() } }
      results.withLock { $0[rank] = result }
      group.leave()
    }
  }
  group.wait()
  return try results.withLock { found in try (0..<count).compactMap { try found[$0]?.get() } }
}
