import Files
import Testing

struct SpellingTests {
  @Test func theNearestWordIsOffered() {
    let known = ["sentiment", "formality", "certainty", "tense"]
    #expect(nearest(to: "sentimnt", among: known) == "sentiment")
    #expect(nearest(to: "Tesne", among: known) == "tense")
    #expect(nearest(to: "toxicity", among: known) == nil)
    #expect(nearest(to: "x", among: []) == nil)
    #expect(suggestion(for: "formalty", among: known) == "; did you mean \"formality\"?")
  }
}
