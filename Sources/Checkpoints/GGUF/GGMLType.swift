import Tensors

/// The layout of every ggml tensor type, also of those that we do not dequantise: a file that holds one
/// can be checked and its other tensors read.
struct GGMLType {
  let number: UInt32
  let name: String
  let blockCount: Int
  let blockBytes: Int

  init?(number: UInt32) {
    self.number = number
    if let type = ElementType(rawValue: number) {
      (name, blockCount, blockBytes) = (type.name, type.blockCount, type.blockBytes)
    } else if let layout = Self.unread[number] {
      (name, blockCount, blockBytes) = layout
    } else {
      return nil
    }
  }

  private static let unread: [UInt32: (String, Int, Int)] = [
    9: ("Q8_1", 32, 36), 15: ("Q8_K", 256, 292), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4),
    27: ("I64", 1, 8), 28: ("F64", 1, 8), 41: ("Q1_0", 128, 18),
  ]

  /// What `general.file_type` says about the bulk of the tensors.
  static func fileTypeName(_ number: Int) -> String? {
    let names: [Int: String] = [
      0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
      12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
      19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
      26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
      37: "TQ2_0", 38: "MXFP4_MOE", 39: "NVFP4", 40: "Q1_0",
    ]
    return names[number]
  }
}
