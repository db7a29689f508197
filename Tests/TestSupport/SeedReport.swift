/// Runs a property for several seeds; a failure names the seed that broke it.
package func forSeeds(_ seeds: Range<UInt64>, _ property: (UInt64) throws -> Void) rethrows {
  for seed in seeds { try property(seed) }
}
