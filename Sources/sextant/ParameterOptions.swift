import ArgumentParser
import Studies

// Options of a study on the command line: default, words and range are those of the list.

extension Option where Value: ExpressibleByArgument & Comparable & Sendable & Encodable {
  /// A number or a text. A value that is not allowed is a usage error.
  ///
  /// - Parameter help: what a command says of it in its own words.
  init(
    _ parameter: Parameter<Value>, name: NameSpecification = .long, help: String? = nil,
    valueName: String? = nil
  ) {
    let words = "\(parameter.sentence(help)) (default: \(parameter.standardText))"
    self.init(
      // Behind an option that takes a number, `-2` is one, whether it is allowed or not.
      wrappedValue: parameter.standard, name: name,
      parsing: Value.self == String.self ? .next : .unconditional,
      help: ArgumentHelp(words, valueName: valueName)
    ) { text in
      guard let value = Value(argument: text), parameter.fault(value) == nil else {
        throw ValidationError(parameter.range.isEmpty ? "it cannot be read" : "it must be \(parameter.range)")
      }
      return value
    }
  }
}

extension Option
where Value: ExpressibleByArgument & RawRepresentable<String> & Sendable & Equatable & Encodable {
  /// One of several words, which the parser lists by itself.
  init(_ parameter: Parameter<Value>, name: NameSpecification = .long) {
    self.init(
      wrappedValue: parameter.standard, name: name, help: ArgumentHelp(parameter.sentence(withRange: false)))
  }
}

extension Flag where Value == Bool {
  /// A switch; one that is on by default is switched off by `--no-NAME`.
  init(_ parameter: Parameter<Bool>, name: NameSpecification = .long) {
    let help = ArgumentHelp(parameter.sentence())
    if parameter.standard {
      self.init(wrappedValue: true, name: name, inversion: .prefixedNo, help: help)
    } else {
      self.init(wrappedValue: false, name: name, help: help)
    }
  }
}

extension AnyParameter {
  /// What `--help` says: the words of the list or a command's own, and the range, unless the parser lists the values.
  func sentence(_ help: String? = nil, withRange: Bool = true) -> String {
    let phrase = words(help ?? self.help, withRange: withRange)
    return phrase.prefix(1).uppercased() + phrase.dropFirst() + "."
  }
}
