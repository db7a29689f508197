import ArgumentParser
import Foundation
import Tensors

/// Times Sextant in process; every measurement is one line of JSON.
@main
struct SextantBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sextant-bench",
    abstract: "Time Sextant in process; `make bench` sets the results beside those of peers.",
    subcommands: [
      DecodeBench.self, DeviationBench.self, ImportBench.self, OrientationBench.self, NeighbourBench.self,
      PointBench.self,
      SpearmanBench.self,
      WeightsBench.self, ActivationsBench.self,
      DimensionBench.self, MapBench.self, GradientBench.self, JacobianBench.self, TrainingBench.self,
    ])

  static func main() {
    keepFreedMemory()
    main(nil)
  }
}

/// One measurement: a job, the size it was done at, and the runs' values in `unit`.
struct Measurement: Encodable {
  let job: String
  let model: String
  let unit: String
  let values: [Double]
  /// What else is worth knowing: counts, results, bytes.
  var facts: [String: Double] = [:]

  func emit() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(self), as: UTF8.self))
  }
}

/// Wall seconds of `body`.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let time = try clock.measure(body)
  return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}

/// The last part of a path, without its extension.
func modelName(_ path: String) -> String {
  URL(filePath: path).deletingPathExtension().lastPathComponent
}

/// Starts the peak of resident memory again, where the system can: reading a store is not part of a job on its rows.
func forgetPeak() {
  try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
}

/// Largest resident memory of this process so far in bytes, mapped file pages included; nil where the
/// system has no /proc.
func peakResidentBytes() -> Double? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
    let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Double($0) })
  else { return nil }
  return kibibytes * 1024
}
