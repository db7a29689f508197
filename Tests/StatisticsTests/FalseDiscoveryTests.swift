import Statistics
import Tensors
import Testing

@Suite struct FalseDiscoveryTests {
  @Test func adjustedPValuesEqualScipy() throws {
    let golden = try Golden.load()
    let tested: [Double?] = golden.pValues
    for (method, expected) in [
      (FalseDiscovery.benjaminiHochberg, golden.benjaminiHochberg),
      (.benjaminiYekutieli, golden.benjaminiYekutieli),
    ] {
      let adjusted = method.adjusted(tested)
      for (found, value) in zip(adjusted, expected) { #expect(isClose(found, value, 1e-12), "\(method)") }
      // A test without a p changes nothing for the others.
      let gap = method.adjusted([nil] + tested + [nil])
      #expect(gap.first == .some(nil) && gap.last == .some(nil))
      #expect(Array(gap.dropFirst().dropLast()) == adjusted)
    }
    #expect(FalseDiscovery.benjaminiHochberg.adjusted([]).isEmpty)
    #expect(FalseDiscovery.benjaminiHochberg.adjusted([0.03]) == [0.03])
  }

  @Test func fewOfTheRejectedAreFalse() {
    var shares: [Double] = []
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      // 15 true nulls, 5 effects.
      let p = (0..<20).map { test -> Double? in
        let u = random.uniform()
        return test < 15 ? u : u * 0.003
      }
      let rejected = FalseDiscovery.benjaminiHochberg.adjusted(p).enumerated().filter {
        ($0.element ?? 1) <= 0.2
      }
      shares.append(
        rejected.isEmpty ? 0 : Double(rejected.count { $0.offset < 15 }) / Double(rejected.count))
    }
    // The expected share is q · 15/20 = 0.15; its standard error here about 0.009.
    let mean = shares.reduce(0, +) / 300
    #expect(mean > 0.11 && mean < 0.19, "\(mean)")
  }
}
