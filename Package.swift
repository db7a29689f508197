// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every Swift target of the package.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library module with its test target; the tests see `package` declarations and need no `@testable`.
///
/// - Parameter testing: what the tests import beside the module.
func module(
  _ name: String, _ dependencies: [Target.Dependency], testing: [Target.Dependency] = [],
  resources: [Resource]? = nil, golden: Bool = false
) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings),
    .testTarget(
      name: name + "Tests", dependencies: [.init(stringLiteral: name)] + testing,
      resources: golden ? [.copy("Golden")] : nil, swiftSettings: settings),
  ]
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let numerics = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// MARK: - C libraries

let cLibraries: [Target] = [
  .systemLibrary(
    name: "COpenBLAS", pkgConfig: "openblas lapacke",
    providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas"])]),
  .systemLibrary(
    name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
  .systemLibrary(
    name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .target(name: "CKernels"),
  // What `--version` calls the commit. A target of its own, so that another commit compiles nothing but the tool anew; `make`
  // asks git, because the package manager keeps the first answer.
  .target(
    name: "CCommit",
    cSettings: [.define("SEXTANT_COMMIT", to: "\"\(Context.environment["SEXTANT_COMMIT"] ?? "unknown")\"")]),
  // Only built with the trait MPI.
  .systemLibrary(
    name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
]

// MARK: - Library

let library: [Target] =
  module("Files", ["COpenSSL", "CZlib", yams])
  + module("Tensors", ["CKernels", "Files"], testing: ["TestSupport"], golden: true)
  + module(
    "Distribution", [.target(name: "CMPI", condition: .when(traits: ["MPI"])), "Files"],
    testing: ["TestSupport"])
  + module("LinearAlgebra", ["COpenBLAS", "Files", "Tensors"], testing: ["Tensors", "TestSupport"])
  + module(
    "Statistics", ["Distribution", "Tensors", numerics], testing: ["Tensors", "TestSupport"], golden: true)
  + module("Tokenizers", ["Files"], testing: ["Checkpoints", "TestSupport"], golden: true)
  + module(
    "Vocabularies", ["Files", "Statistics", "Tokenizers"],
    testing: ["Tensors", "TestSupport", "Tokenizers"])
  + module(
    "Checkpoints", ["Files", "Tensors", "Tokenizers", yams],
    testing: ["Files", "Tensors", "TestSupport", "Tokenizers"],
    resources: [.embedInCode("Catalog/catalog.yaml")], golden: true)
  + module(
    "Stores", ["CHDF5", "Checkpoints", "Files", "Tensors", "Tokenizers"],
    testing: ["Checkpoints", "Files", "Tensors", "TestSupport", "Tokenizers"], golden: true)
  + module(
    "Domains",
    ["Checkpoints", "Files", "LinearAlgebra", "Stores", "Tensors", "Tokenizers", "Vocabularies", yams],
    testing: [
      "Files", "LinearAlgebra", "Stores", "Tensors", "TestSupport", "Tokenizers", "Vocabularies",
    ],
    resources: [.embedInCode("Resources")], golden: true)
  + module(
    "Geometry",
    [
      "Distribution", "Files", "LinearAlgebra", "Statistics", "Tensors", "Tokenizers", "Vocabularies",
      numerics,
    ],
    testing: ["LinearAlgebra", "Statistics", "Tensors", "TestSupport", "Tokenizers", "Vocabularies"],
    golden: true)
  + module(
    "Alignment", ["Files", "Geometry", "LinearAlgebra", "Statistics", "Tensors"],
    testing: ["Files", "Geometry", "LinearAlgebra", "Statistics", "Tensors", "TestSupport"], golden: true)
  + module(
    "Transformers", ["Checkpoints", "Files", "LinearAlgebra", "Tensors", "Tokenizers"],
    testing: ["Checkpoints", "LinearAlgebra", "Tensors", "TestSupport", "Tokenizers"], golden: true)
  + module(
    "Gradients", ["Checkpoints", "LinearAlgebra", "Tensors", "Transformers"],
    testing: ["Checkpoints", "LinearAlgebra", "Tensors", "TestSupport", "Tokenizers", "Transformers"],
    golden: true)
  + module(
    "Lenses",
    [
      "Checkpoints", "Distribution", "Files", "Gradients", "LinearAlgebra", "Statistics", "Stores", "Tensors",
      "Tokenizers", "Transformers", "Vocabularies",
    ],
    testing: [
      "Checkpoints", "Files", "LinearAlgebra", "Statistics", "Stores", "Tensors", "TestSupport",
      "Tokenizers", "Transformers",
    ], golden: true)
  + module(
    "Steering",
    [
      "Alignment", "Checkpoints", "Files", "Gradients", "Lenses", "LinearAlgebra", "Statistics", "Tensors",
      "Tokenizers", "Training", "Transformers",
    ],
    testing: [
      "Alignment", "Checkpoints", "Files", "Statistics", "Tensors", "TestSupport", "Tokenizers",
      "Transformers",
    ],
    resources: [.embedInCode("Resources")], golden: true)
  + module(
    "Training",
    [
      "Checkpoints", "Distribution", "Files", "Gradients", "LinearAlgebra", "Stores", "Tensors", "Tokenizers",
      "Transformers",
    ],
    testing: [
      "Checkpoints", "Files", "LinearAlgebra", "Stores", "Tensors", "TestSupport",
      "Tokenizers",
      "Transformers",
    ], golden: true)
  + module("Reports", ["Files"], testing: ["Files"])
  + module(
    "Workflow",
    [
      "Alignment", "Checkpoints", "Distribution", "Files", "Geometry", "Lenses", "Statistics", "Steering",
      "Stores", "Tensors", "Tokenizers", "Transformers", "Vocabularies",
    ],
    testing: [
      "Alignment", "Checkpoints", "Distribution", "Files", "Geometry", "LinearAlgebra", "Statistics",
      "Steering", "Stores", "Tensors", "TestSupport", "Tokenizers", "Transformers", "Vocabularies",
    ])
  + module(
    "Points",
    [
      "Alignment", "Checkpoints", "Files", "Geometry", "Lenses", "LinearAlgebra", "Statistics", "Steering",
      "Stores",
      "Tensors",
      "Tokenizers", "Transformers", "Vocabularies", "Workflow",
    ],
    testing: [
      "Checkpoints", "Files", "Geometry", "Lenses", "LinearAlgebra", "Statistics", "Steering", "Stores",
      "Tensors",
      "TestSupport", "Tokenizers",
      "Transformers", "Workflow",
    ], golden: true)
  + module(
    "ELM",
    [
      "Alignment", "Checkpoints", "Distribution", "Domains", "Files", "Geometry", "LinearAlgebra", "Points",
      "Statistics", "Stores", "Tensors", "Tokenizers", "Training", "Transformers",
    ],
    testing: [
      "Checkpoints", "Domains", "Files", "LinearAlgebra", "Points", "Statistics", "Stores", "Tensors",
      "TestSupport", "Tokenizers", "Training", "Transformers",
    ])
  + module(
    "Studies",
    [
      "Alignment", "CCommit", "Checkpoints", "Domains", "ELM", "Files", "Geometry", "Lenses", "LinearAlgebra",
      "Points",
      "Reports", "Statistics", "Steering", "Stores", "Tensors", "Tokenizers", "Transformers", "Vocabularies",
      "Workflow", yams,
    ],
    testing: [
      "Alignment", "Checkpoints", "ELM", "Geometry", "Lenses", "Points", "Reports", "Statistics", "Steering",
      "Stores", "Tensors", "TestSupport", "Tokenizers", "Transformers", "Vocabularies", "Workflow",
    ], golden: true)
  + module(
    "StudyReports",
    [
      "Alignment", "Checkpoints", "Domains", "ELM", "Files", "Geometry", "Lenses", "Points", "Reports",
      "Statistics",
      "Steering",
      "Stores",
      "Studies",
      "Tensors", "Tokenizers", "Transformers", "Vocabularies", "Workflow",
    ],
    testing: [
      "Alignment", "Checkpoints", "Files", "Geometry", "Reports", "Statistics", "Steering", "Stores",
      "Studies",
      "Tensors", "TestSupport", "Transformers", "Vocabularies", "Workflow",
    ])
  + [
    // The library as one import; not called by its folder, which a disk that folds case would take for the tool's.
    .target(
      name: "Sextant",
      dependencies: [
        "Alignment", "Checkpoints", "Domains", "ELM", "Geometry", "Gradients", "Lenses", "Points",
        "Statistics", "Steering",
        "Stores", "Studies", "StudyReports", "Tensors", "Tokenizers", "Training", "Transformers",
        "Vocabularies", "Workflow",
      ], path: "Sources/Umbrella", swiftSettings: settings)
  ]

// MARK: - Tool

let tool: [Target] = [
  .executableTarget(
    name: "SextantTool",
    dependencies: [
      "Alignment", "Checkpoints", "Distribution", "Domains", "ELM", "Files", "Geometry", "Lenses", "Points",
      "Reports",
      "Statistics", "Steering",
      "Stores", "Studies", "StudyReports", "Tensors", "Tokenizers", "Training", "Transformers",
      "Vocabularies", "Workflow",
      argumentParser,
    ], path: "Sources/sextant", resources: [.embedInCode("demo.yaml")], swiftSettings: settings)
]

/// What programs make of the library; also a package of their own, `Examples/`.
let examples: [Target] = ["AddAMeasure", "CarryAVector", "CompareTwoSpaces"].map {
  .executableTarget(
    name: $0, dependencies: ["Sextant"], path: "Examples/Sources/\($0)", swiftSettings: settings)
}

/// Times what `make bench` claims; no product.
let benchmarks: [Target] = [
  .executableTarget(
    name: "sextant-bench",
    dependencies: [
      "Alignment", "Checkpoints", "Geometry", "Gradients", "Statistics", "Steering", "Stores", "Tensors",
      "Tokenizers", "Training", "Transformers",
      "Vocabularies", "Workflow", argumentParser,
    ], path: "Benchmarks/SextantBench", swiftSettings: settings)
]

// MARK: - Tests

let testSupport: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["Distribution", "Statistics", "Stores", "Tensors", "Tokenizers"],
    path: "Tests/TestSupport",
    swiftSettings: settings),
  .testTarget(
    name: "SextantTests",
    dependencies: [
      "SextantTool", "AddAMeasure", "CarryAVector", "CompareTwoSpaces", "Alignment", "Checkpoints",
      "Distribution", "Files", "Geometry", "Lenses", "LinearAlgebra", "Reports",
      "Steering", "Stores", "Studies", "TestSupport", "Tensors", "Tokenizers", "Transformers",
      "Vocabularies", "Workflow",
    ], resources: [.copy("Golden")], swiftSettings: settings),
]

let package = Package(
  name: "sextant",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "sextant", targets: ["SextantTool"]),
    .library(
      name: "Sextant",
      targets: [
        "Sextant", "Files", "Tensors", "Distribution", "LinearAlgebra", "Statistics", "Tokenizers",
        "Vocabularies", "Checkpoints", "Stores", "Domains", "Geometry", "Alignment", "Transformers",
        "Gradients",
        "Lenses", "Training", "Steering",
        "Reports",
        "Workflow", "Points", "ELM", "Studies", "StudyReports",
      ]),
  ],
  traits: [
    .trait(name: "MPI", description: "Spread the blocks of a comparison over the ranks of an MPI job.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: cLibraries + library + tool + examples + benchmarks + testSupport
)
