internal import Alignment
internal import Files
internal import Geometry
internal import Statistics
public import Stores
internal import Tensors
internal import Vocabularies

/// How maps around a cycle of models are fitted and judged.
public struct CycleOptions: Sendable, Equatable {
  /// One of ``StoreCycle/methods``.
  public var method = "ridge"
  public var space = EmbeddingSpace.input
  public var tokens = MatchOptions()
  /// Share of the shared tokens that no fit sees, as ``MapOptions/heldOut``.
  public var heldOut = 0.2
  /// Hold out whole words, as ``MapOptions/heldOutGroups``.
  public var heldOutGroups = false
  /// Seeds the split, the folds, the control's permutations and the intervals.
  public var seed: UInt64 = 1

  public init() {}

  /// Makes sure that there is the method and that the share is allowed; needs no store.
  /// - Throws: `WorkflowError.option` with the name that may have been meant.
  public func check() throws { _ = try checkedMethod() }

  func checkedMethod() throws -> any LinearMethod {
    guard StoreCycle.methods.contains(method), let found = AlignmentMethods.named(method) as? any LinearMethod
    else {
      throw WorkflowError.option(
        of: "cycle", name: "method", expected: "one of \(StoreCycle.methods.joined(separator: ", "))",
        actual: method + suggestion(for: method, among: StoreCycle.methods))
    }
    let shares = MapOptions.heldOutShares
    guard shares.contains(heldOut) else {
      throw WorkflowError.option(
        of: "cycle", name: "held out", expected: "\(shares.lowerBound) to \(shares.upperBound)",
        actual: "\(heldOut)")
    }
    return found
  }
}

/// Two or more stores whose rows are mapped from one to the next and from the last back to the first.
public struct StoreCycle: Sendable {
  public let stores: [(name: String, store: EmbeddingStore)]
  public var options: CycleOptions

  /// Open stores in the order of the way; nothing is read before `measured`.
  public init(_ stores: [(name: String, store: EmbeddingStore)], _ options: CycleOptions = CycleOptions()) {
    (self.stores, self.options) = (stores, options)
  }

  /// Names of the methods that can go around: those that fit a matrix on anchors, from the source's rows to the target's.
  public static var methods: [String] {
    AlignmentMethods.linear.filter { !$0.predictsSourceRows }.map(\.name)
  }

  /// As for two stores (`Steps.match`).
  private static let leastTokens = 40

  /// Fits the maps of all steps, and of all ways around some of them, on tokens that all stores share, and judges them
  /// on others.
  ///
  /// - Throws: `WorkflowError` for fewer than two stores, an unknown method, a share out of range and too few shared tokens, before anything is
  ///   fitted; `StoreError`, `AlignmentError`.
  public func measured() throws -> CycleResult {
    guard stores.count >= 2 else {
      throw WorkflowError.option(
        of: "cycle", name: "stores", expected: "two or more", actual: "\(stores.count)")
    }
    let method = try options.checkedMethod()
    let names = stores.map(\.name)
    JobProgress.current.begin("matching \(names.joined(separator: ", "))")
    let matrices = try stores.map { try $0.store.rows(of: options.space) }
    let vocabularies = try zip(stores, matrices).map { stored, rows in
      try TokenRows(stored.store.readTokens(), rows, seed: options.seed)
    }
    let shared = sharedTokenRows(vocabularies, options: options.tokens)
    let rows = zip(matrices, shared).map { $0.selecting(rows: $1) }
    guard rows[0].rows >= Self.leastTokens else {
      throw WorkflowError.tooFewTokens(
        pair: names.joined(separator: "--"), count: rows[0].rows, needed: Self.leastTokens)
    }
    var scoring = ScoringOptions()
    let forms = TokenGroups.forms(of: shared[0].map { vocabularies[0].tokens[$0] })
    (scoring.resampling.seed, scoring.resampling.groups) = (options.seed, forms)
    let split = try HoldOutSplit(
      count: rows[0].rows, testFraction: options.heldOut, groups: options.heldOutGroups ? forms : nil,
      seed: options.seed)
    return try CycleBench(
      names: names, rows: rows, method: method, split: split, options: .seeded(options.seed), scoring: scoring
    ).measured(options.space)
  }
}
