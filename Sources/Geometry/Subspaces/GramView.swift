/// A measure's ingredients for one sample of tokens.
struct GramView: Sendable {
  let count: Int
  /// About the means.
  let centred: JointSpectra
  /// About zero, where a measure asks for it.
  let raw: JointSpectra?
}
