/// A training run between two steps, as a file.
///
/// ```
/// /                          sextant-training 2.0.0, @what, @model and @data (SHA-256), @options, @step
///   parameters/name          text [parameters]
///   parameters/rows          I64 [parameters]
///   parameters/columns       I64 [parameters]
///   parameters/value         F32 [numbers], row after row, parameter after parameter
///   parameters/first-moment  F32 [numbers], AdamW's m
///   parameters/second-moment F32 [numbers], AdamW's v
///   curve/loss               F32 [steps], the mean loss of each step
///   curve/gradient-norm      F32 [steps], before it was cut
///   curve/count              I64 [steps], what was predicted
/// ```
public struct TrainingCheckpoint: Sendable, Equatable {
  /// What is trained, in words.
  public var what: String
  /// SHA-256 of the frozen model; empty where there is none.
  public var model: String
  /// SHA-256 of the examples.
  public var data: String
  /// All options, in words.
  public var options: String
  /// Steps done.
  public var step: Int
  public var names: [String]
  /// Rows and columns of each parameter.
  public var rows: [Int64]
  public var columns: [Int64]
  /// The numbers of all parameters, row after row, one parameter after the other.
  public var values: [Float]
  /// AdamW's m, in the same order.
  public var firstMoments: [Float]
  /// AdamW's v, in the same order.
  public var secondMoments: [Float]
  /// The mean loss of each step.
  public var losses: [Float]
  /// The gradient's norm at each step, before it was cut.
  public var gradientNorms: [Float]
  /// What each step predicted.
  public var counts: [Int64]
  public var toolVersion: String

  /// - Precondition: as many numbers as the shapes say, with as many moments; a loss, a norm and a count for each step.
  public init(
    what: String, model: String, data: String, options: String, step: Int, names: [String], rows: [Int64],
    columns: [Int64], values: [Float], firstMoments: [Float], secondMoments: [Float], losses: [Float],
    gradientNorms: [Float], counts: [Int64], toolVersion: String
  ) {
    precondition(
      names.count == rows.count && names.count == columns.count
        && Int64(values.count) == zip(rows, columns).reduce(0) { $0 + $1.0 * $1.1 }
        && firstMoments.count == values.count && secondMoments.count == values.count,
      "\(values.count) numbers for \(names) of \(rows) x \(columns)")
    precondition(
      losses.count == step && gradientNorms.count == step && counts.count == step,
      "a curve of \(losses.count), \(gradientNorms.count), \(counts.count) points after \(step) steps")
    (self.what, self.model, self.data, self.options, self.step) = (what, model, data, options, step)
    (self.names, self.rows, self.columns, self.values) = (names, rows, columns, values)
    (self.firstMoments, self.secondMoments) = (firstMoments, secondMoments)
    (self.losses, self.gradientNorms, self.counts) = (losses, gradientNorms, counts)
    self.toolVersion = toolVersion
  }
}

// MARK: - The file

extension TrainingCheckpoint {
  /// Writes the checkpoint, in place of one that is there: that stays whole until the new one is on the disk.
  /// - Throws: `StoreError` also where a number is not finite; `OutputError.locked` while another process writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    let builder = try StoreBuilder.begin(path: path, encoding: .training, writer: toolVersion)
    for (name, text) in [("what", what), ("model", model), ("data", data), ("options", options)] {
      try builder.set(name, of: "/", to: .text(text))
    }
    try builder.set("step", of: "/", to: .integer(step))
    try builder.group("/parameters")
    try builder.text("/parameters/name", names)
    try builder.vector("/parameters/rows", rows)
    try builder.vector("/parameters/columns", columns)
    try builder.group("/curve")
    for (element, numbers) in [
      ("/parameters/value", values), ("/parameters/first-moment", firstMoments),
      ("/parameters/second-moment", secondMoments), ("/curve/loss", losses),
      ("/curve/gradient-norm", gradientNorms),
    ] {
      try requireFinite(numbers, columns: 1, firstRow: 0, place: Place(path: path, element: element))
      try builder.vector(element, numbers)
    }
    try builder.vector("/curve/count", counts)
    try builder.finish(convertedFrom: old)
  }

  /// Reads a checkpoint, every number held against the digest that was written with it.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> TrainingCheckpoint {
    try TrainingCheckpoint(from: StoreReader(path: path, expecting: .training, allowUnsealed: false))
  }

  init(from reader: StoreReader) throws(StoreError) {
    func numbers(_ element: String, _ count: Int) throws(StoreError) -> [Float] {
      let numbers = try reader.vector(element, of: Float.self, count: count)
      try requireFinite(numbers, columns: 1, firstRow: 0, place: reader.place(element))
      return numbers
    }
    let step = try reader.integer("/", "step")
    guard step >= 1 else {
      throw reader.place("/").malformed("step", expected: "1 or more", actual: "\(step)")
    }
    let names = try reader.strings("/parameters/name")
    let rows = try reader.vector("/parameters/rows", of: Int64.self, count: names.count)
    let columns = try reader.vector("/parameters/columns", of: Int64.self, count: names.count)
    let place = reader.place("/parameters")
    guard Set(names).count == names.count else {
      throw place.malformed("name", expected: "names that differ", actual: names.joined(separator: ", "))
    }
    var total = 0
    for (index, (rows, columns)) in zip(rows, columns).enumerated() {
      let (size, overflow) = Int(rows).multipliedReportingOverflow(by: Int(columns))
      let (sum, beyond) = total.addingReportingOverflow(size)
      guard rows > 0, columns > 0, !overflow, !beyond else {
        throw place.malformed(
          "shape of \(names[index])", expected: "rows and columns", actual: "\(rows) x \(columns)")
      }
      total = sum
    }
    self.init(
      what: try reader.text("/", "what"), model: try reader.text("/", "model"),
      data: try reader.text("/", "data"), options: try reader.text("/", "options"), step: step, names: names,
      rows: rows, columns: columns, values: try numbers("/parameters/value", total),
      firstMoments: try numbers("/parameters/first-moment", total),
      secondMoments: try numbers("/parameters/second-moment", total),
      losses: try numbers("/curve/loss", step), gradientNorms: try numbers("/curve/gradient-norm", step),
      counts: try reader.vector("/curve/count", of: Int64.self, count: step),
      toolVersion: try reader.text("/", StoreBuilder.writerKey))
  }
}
