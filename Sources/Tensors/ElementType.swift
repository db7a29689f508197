// swift-format-ignore: AlwaysUseLowerCamelCase
/// How numbers are stored: plain floats and the block formats of ggml, by their ggml type numbers.
public enum ElementType: UInt32, Sendable, CaseIterable {
  case f32 = 0
  case f16 = 1
  case q4_0 = 2
  case q4_1 = 3
  case q5_0 = 6
  case q5_1 = 7
  case q8_0 = 8
  case q2_K = 10
  case q3_K = 11
  case q4_K = 12
  case q5_K = 13
  case q6_K = 14
  case iq2_XXS = 16
  case iq2_XS = 17
  case iq3_XXS = 18
  case iq1_S = 19
  case iq4_NL = 20
  case iq3_S = 21
  case iq2_S = 22
  case iq4_XS = 23
  case iq1_M = 29
  case bf16 = 30
  case tq1_0 = 34
  case tq2_0 = 35
  case mxfp4 = 39
  case nvfp4 = 40

  /// Numbers in one block; 1 for plain floats.
  public var blockCount: Int { layout.count }

  /// Bytes of one block.
  public var blockBytes: Int { layout.bytes }

  /// The name that the formats' documents use, such as `Q4_K`.
  public var name: String { layout.name }

  private var layout: (name: String, count: Int, bytes: Int) {
    switch self {
    case .f32: ("F32", 1, 4)
    case .f16: ("F16", 1, 2)
    case .bf16: ("BF16", 1, 2)
    case .q4_0: ("Q4_0", 32, 18)
    case .q4_1: ("Q4_1", 32, 20)
    case .q5_0: ("Q5_0", 32, 22)
    case .q5_1: ("Q5_1", 32, 24)
    case .q8_0: ("Q8_0", 32, 34)
    case .q2_K: ("Q2_K", 256, 84)
    case .q3_K: ("Q3_K", 256, 110)
    case .q4_K: ("Q4_K", 256, 144)
    case .q5_K: ("Q5_K", 256, 176)
    case .q6_K: ("Q6_K", 256, 210)
    case .iq1_S: ("IQ1_S", 256, 50)
    case .iq1_M: ("IQ1_M", 256, 56)
    case .iq2_XXS: ("IQ2_XXS", 256, 66)
    case .iq2_XS: ("IQ2_XS", 256, 74)
    case .iq2_S: ("IQ2_S", 256, 82)
    case .iq3_XXS: ("IQ3_XXS", 256, 98)
    case .iq3_S: ("IQ3_S", 256, 110)
    case .iq4_NL: ("IQ4_NL", 32, 18)
    case .iq4_XS: ("IQ4_XS", 256, 136)
    case .tq1_0: ("TQ1_0", 256, 54)
    case .tq2_0: ("TQ2_0", 256, 66)
    case .mxfp4: ("MXFP4", 32, 17)
    case .nvfp4: ("NVFP4", 64, 36)
    }
  }
}
