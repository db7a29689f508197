// swift-tools-version: 6.2
import PackageDescription

/// The readers of files from strangers under libFuzzer; `make fuzz` builds and runs it. A package of its own, so that
/// sanitizers never mix with a user's build.
let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "sextant", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "Sextant", package: "sextant")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
