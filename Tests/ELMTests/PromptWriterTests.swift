import Checkpoints
import ELM
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct PromptWriterTests {
  private func writer() throws -> (PromptWriter, Tokenizer) {
    let tokenizer = try tinyModel().tokenizer
    return (try PromptWriter(tokenizer, isChat: false), tokenizer)
  }

  @Test func piecesAreTokenizedOneByOne() throws {
    let (writer, tokenizer) = try writer()
    let pieces = try writer.pieces(of: ["what t", nil, "he", nil])
    let ids = { (text: String) in tokenizer.encode(text, addingSpecial: false) }
    // `th` would be one token across the vector.
    #expect(pieces == [.tokens(ids("what t")), .vector, .tokens(ids("he")), .vector])
    #expect(try writer.pieces(of: [nil]) == [.vector])
    #expect(writer.tokens(ofAnswer: "the") == ids(" the") + [0] && writer.end == 0)
  }

  /// The user's turn without the template's own system message, opened for the assistant; the answer ends the turn.
  @Test func vectorsStandInsideTheUsersTurn() throws {
    guard let path = realCheckpoint("SmolLM2-135M-Instruct.Q4_1.gguf") else { return }
    let tokenizer = try Tokenizer(Checkpoint.open(path).tokenizerDefinition())
    let writer = try PromptWriter(tokenizer, isChat: true)
    let pieces = try writer.pieces(of: ["What does ", nil, " mean?"])
    let ids = { (text: String) in tokenizer.encode(text, addingSpecial: false, parsingSpecial: true) }
    #expect(
      pieces == [
        .tokens(ids("<|im_start|>user\nWhat does ")), .vector,
        .tokens(ids(" mean?<|im_end|>\n<|im_start|>assistant\n")),
      ])
    #expect(writer.end == tokenizer.id(form: "<|im_end|>") && tokenizer.endOfTurn.contains(writer.end))
    #expect(writer.tokens(ofAnswer: "a king") == ids("a king<|im_end|>"))
  }

  @Test func chatAsksForATemplate() throws {
    #expect(throws: ElmError.self) { try PromptWriter(tinyModel().tokenizer, isChat: true) }
  }
}
