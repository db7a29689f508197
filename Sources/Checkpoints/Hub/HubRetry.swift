import Files
import Foundation

/// When a request is made again.
struct HubRetry: Sendable {
  /// How often in a row it may fail without more bytes than ever before.
  var attempts = 5
  /// Seconds before the second attempt; twice as many before each further one.
  var pause = 1.0
  /// The most seconds that a server's `Retry-After` is waited for.
  var longest = 300.0
  /// Seconds without a byte after which a request is given up, at least 1.
  var patience = 60

  /// How one attempt ended.
  struct Attempt {
    let response: HubResponse
    let isTransient: Bool
    /// How many bytes are kept.
    let bytes: Int

    init(_ response: HubResponse, isTransient: Bool? = nil, bytes: Int = 0) {
      self.response = response
      self.isTransient = isTransient ?? response.isTransient
      self.bytes = bytes
    }
  }

  /// Makes a request until it ends in a way that will not change, waiting longer each time.
  /// - Throws: `HubError.unreachable` when the patience is at its end.
  func run(
    _ reference: HubReference, host: String, _ attempt: () throws(HubError) -> Attempt
  ) throws(HubError) -> HubResponse {
    var (failed, most) = (0, 0)
    while true {
      let result = try attempt()
      guard result.isTransient else { return result.response }
      // Bytes that came once more, after a server had them thrown away, are no progress.
      failed = result.bytes > most ? 1 : failed + 1
      most = max(most, result.bytes)
      let reason = result.response.reason
      guard failed < attempts else {
        throw .unreachable(
          reference: "\(reference)", host: host, reason: "\(reason); tried \(failed) times without progress")
      }
      let wait = result.response.retryAfter ?? pause * Double(1 << (failed - 1))
      guard wait <= longest else {
        throw .unreachable(
          reference: "\(reference)", host: host, reason: "\(reason), and asks for \(Int(wait)) s of patience")
      }
      JobProgress.current.tell("\(host): \(reason); again in \(Int(wait.rounded(.up))) s")
      Thread.sleep(forTimeInterval: wait)
    }
  }
}
