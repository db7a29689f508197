// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "examples",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "sextant", path: "..")],
  targets: ["CompareTwoSpaces", "CarryAVector", "AddAMeasure"].map {
    .executableTarget(name: $0, dependencies: [.product(name: "Sextant", package: "sextant")])
  }
)
