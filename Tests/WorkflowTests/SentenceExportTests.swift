import Checkpoints
import Files
import Foundation
import Steering
import Stores
import TestSupport
import Testing
import Transformers
import Workflow

/// A file of texts through an encoder of sentences.
@Suite struct SentenceExportTests {
  @Test func vectorsAreThoseOfTheEncoder() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try Checkpoint.open("\(tinyCheckpoints)/encoders/bert")
    let encoder = try SentenceEncoder.load(checkpoint)
    let texts = ["the king", "a thing and a zoo", String(repeating: "king ", count: 60)]
    try Data(texts.joined(separator: "\n").utf8).write(to: URL(filePath: folder.file("texts.txt")))
    let prompts = PromptFile(path: folder.file("texts.txt"))
    let identity = ModelIdentity(name: "tiny", hash: checkpoint.sha256(), tokenizerHash: nil)
    let long = #expect(throws: PromptError.self) {
      try exportSentences(of: encoder, identity: identity, texts: prompts, to: folder.file("v.h5"))
    }
    #expect(long?.description.contains("line 3") == true && long?.kind == .misfit)
    var options = SentenceExportOptions()
    options.cutsLongTexts = true
    let done = try exportSentences(
      of: encoder, identity: identity, texts: prompts, options: options, to: folder.file("v.h5"))
    #expect(done.record.points == ["sentence/mean-normalised"] && done.record.rowCount == 3)
    #expect(done.record.positions == "text" && done.record.width == 16)
    #expect(try ActivationStore.open(folder.file("v.h5")).record == done.record)
    let again = try exportSentences(
      of: encoder, identity: identity, texts: prompts, options: options, to: folder.file("v.h5"))
    #expect(again.isComplete)
  }
}
