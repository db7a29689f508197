/// At which block's output a tool read the `direction.N` of its control vectors (GGUF): nothing in the file tells.
///
/// llama.cpp adds `direction.N` at the output of block N whichever tool wrote it. Sign and scale are each tool's own, too:
/// cvector-generator normalises and leaves the sign to chance, repeng fixes the sign.
public enum ControlVectorConvention: String, Sendable, CaseIterable {
  /// Block N, counted from 0: repeng, EasySteer and we.
  case repeng
  /// Block N - 1: llama.cpp's own `cvector-generator`, and tools that number as it does.
  case cvectorGenerator = "cvector-generator"

  /// The block (from 0) at whose output `direction.number` was read. The number counts from 1.
  func block(ofDirection number: Int) -> Int {
    switch self {
    case .repeng: number
    case .cvectorGenerator: number - 1
    }
  }
}
