extension WordNet {
  /// An inflected form's lemmas: the form itself, its exceptions or else the endings taken off, as morphy(7WN)
  /// does, and of these those that the part of speech knows. Forms are in lower case.
  func lemmas(of form: String) -> [(part: PartOfSpeech, lemma: String)] {
    PartOfSpeech.allCases.flatMap { part -> [(part: PartOfSpeech, lemma: String)] in
      let known = synsets[part] ?? [:]
      let candidates = [form] + (exceptions[part]?[form] ?? part.detached(form))
      var found: [String] = []
      for lemma in candidates where known[lemma] != nil && !found.contains(lemma) { found.append(lemma) }
      return found.map { (part, $0) }
    }
  }
}

extension PartOfSpeech {
  /// Endings and what stands in their place in the lemma.
  private var endings: [(String, String)] {
    switch self {
    case .noun:
      [
        ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
        ("ies", "y"),
      ]
    case .verb:
      [
        ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
      ]
    case .adjective: [("er", ""), ("est", ""), ("er", "e"), ("est", "e")]
    case .adverb: []
    }
  }

  /// Nouns in -ss and of one or two letters are no plurals.
  func detached(_ form: String) -> [String] {
    if self == .noun, form.hasSuffix("ss") || form.count <= 2 { return [] }
    return endings.compactMap { ending, replacement in
      form.count > ending.count && form.hasSuffix(ending) ? form.dropLast(ending.count) + replacement : nil
    }
  }
}
