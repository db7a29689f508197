import Checkpoints
import Foundation
import Testing

@Suite struct ModelNameTests {
  @Test(arguments: [
    ("smollm2-135m", "smollm2-135m"), ("Qwen2.5-0.5B", "Qwen2.5-0.5B"), ("a/Qwen2.5-0.5B/", "Qwen2.5-0.5B"),
    ("runs/a.b/checkpoint-1000.5", "checkpoint-1000.5"), ("x/llama.gguf", "llama"), ("x/LLAMA.GGUF", "LLAMA"),
    ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct.Q4_1"), ("m/model.safetensors", "model"),
    ("models/a.b.h5", "a.b"), ("m.bin", "m.bin"), ("org/plain", "plain"), ("a/./b/..", "a"),
    (".gguf", ".gguf"), ("w/glove.6B.50d.txt", "glove.6B.50d"), ("w.npz:rows", "w"), ("w/a.vec", "a"),
    ("org/m@v1", "m@v1"), ("org/m@refs/pr/1", "m@refs-pr-1"),
    ("hub/models--org--plain.1/snapshots/0123456789abcdef0123456789abcdef01234567", "plain.1"),
    ("hub/models--gpt2/snapshots/0123", "gpt2"), ("hub/models--org--m/snapshots/0123/x.gguf", "x"),
  ])
  func onlyKnownExtensionsAreCut(source: String, name: String) {
    #expect(ModelName.of(source) == name)
  }

  @Test func theCurrentFolderHasItsOwnName() {
    #expect(ModelName.of(".") == URL(filePath: FileManager.default.currentDirectoryPath).lastPathComponent)
  }

  @Test(arguments: [
    "", ".hidden", "-flag", "a/b", "a\\b", "a:b", "a*", "a?", "a\"", "<a>", "a|b", "a\nb", "a\u{1B}[2J", " a",
    "a ", "a\u{202E}b", String(repeating: "é", count: 51),
  ])
  func namesThatFilesCannotHaveAreRefused(name: String) {
    #expect(ModelName.fault(name) != nil)
  }

  @Test(arguments: ["a", "Qwen2.5-0.5B", "a b", "дом", "a_b+c", String(repeating: "a", count: 100)])
  func otherNamesAreNot(name: String) { #expect(ModelName.fault(name) == nil) }

  @Test func caseAndCompositionDoNotTellNamesApart() {
    #expect(ModelName.folded("Llama") == ModelName.folded("llama"))
    #expect(ModelName.folded("e\u{301}") == ModelName.folded("\u{E9}"))
    #expect(ModelName.folded("a-b") != ModelName.folded("a_b"))
  }
}
