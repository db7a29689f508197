internal import Files

// What a study says of embedding language models.

extension ParameterKind<[NamedElm]> {
  /// A list of names or paths, any of which may be a mapping of a name to one.
  static var elms: Self {
    Self(
      text: { list($0.map(\.source)) }, fault: { faultOfNames($0.map(\.title)) { "[\($0)]" } },
      read: { file, _ in try file.named().map { NamedElm($0.source, name: $0.name) } })
  }
}

extension ParameterKind<[Double]> {
  /// Two different numbers or more.
  static var doses: Self {
    Self(
      "two different numbers or more", allowing: { Set($0).count > 1 },
      text: { list($0.map { $0.shortText }) },
      read: { file, _ in
        try file.reader.elements(file.present, file.place).enumerated().map {
          try file.reader.number($1, "\(file.place)[\($0)]", in: -1e6...1e6)
        }
      })
  }
}

extension Double {
  /// `2` for 2.0, `0.25` for 0.25: as names of numbers have it.
  package var shortText: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
