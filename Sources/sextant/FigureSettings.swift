import ArgumentParser
import Files
import Reports
import Studies

/// How a command draws figures; what is not said is as the study has it, or as usual.
struct FigureSettings: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The files of each figure, with commas between them: \(FigureFormat.allCases.map(\.rawValue).joined(separator: ",")).",
      valueName: "formats"), transform: Self.formats)
  var figures: [FigureFormat]?
  @Option(
    help: ArgumentHelp(Parameters.figureWidth.sentence("the width of figures: 85mm, 170mm, 3.35in")),
    transform: Self.width)
  var figureWidth: FigureWidth?
  @Option(help: ArgumentHelp(Parameters.figureFont.sentence("the family of letters"), valueName: "family"))
  var figureFont: String?
  @Option(
    help: ArgumentHelp(Parameters.figureFontSize.sentence(), valueName: "points"), transform: Self.fontSize)
  var figureFontSize: Double?
  @Flag(inversion: .prefixedNo, help: ArgumentHelp(Parameters.figureTitles.sentence()))
  var figureTitles: Bool?
  @Option(
    help: ArgumentHelp("What figures call a model, as MODEL=NAME; repeatable.", valueName: "label"))
  var figureLabel: [String] = []

  /// - Parameter models: the names that labels can be for.
  func applied(
    to options: FigureOptions = FigureOptions(), models: [String], _ console: Console
  ) throws -> FigureOptions {
    var options = options
    if let figures { options.formats = figures }
    if let figureWidth { options.width = figureWidth }
    if let figureFont { options.font = figureFont }
    if let figureFontSize { options.fontSize = figureFontSize }
    if let figureTitles { options.hasTitles = figureTitles }
    for label in figureLabel {
      guard let end = label.firstIndex(of: "="), end != label.startIndex else {
        throw ValidationError("--figure-label takes MODEL=NAME, not \(label)")
      }
      let (model, name) = (String(label[..<end]), String(label[label.index(after: end)...]))
      guard models.contains(model), !name.isEmpty else {
        throw ValidationError(
          "--figure-label: \(model) is none of the models (\(models.joined(separator: ", "))), or has no name"
            + suggestion(for: model, among: models))
      }
      options.labels[model] = name
    }
    try options.requireDrawing(console)
    return options
  }

  private static func formats(_ text: String) throws -> [FigureFormat] {
    let formats = try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let format = FigureFormat(rawValue: String(word)) else {
        throw ValidationError("\"\(word)\" is not one of \(Parameters.figureFormats.range)")
      }
      return format
    }
    guard Parameters.figureFormats.fault(formats) == nil else {
      throw ValidationError("each format once")
    }
    return formats
  }

  private static func width(_ text: String) throws -> FigureWidth {
    guard let width = FigureWidth(text), width.isAllowed else {
      throw ValidationError("it must be \(FigureWidth.range)")
    }
    return width
  }

  private static func fontSize(_ text: String) throws -> Double {
    guard let size = Double(text), Parameters.figureFontSize.fault(size) == nil else {
      throw ValidationError("it must be \(Parameters.figureFontSize.range)")
    }
    return size
  }
}

extension FigureOptions {
  /// Misses what draws the figures now and not behind the work, and warns of what will be drawn otherwise.
  func requireDrawing(_ console: Console) throws {
    try Gnuplot.find().require(formats)
    for note in fontNotes() { console.warning(note) }
  }
}
