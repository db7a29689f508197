/// GPT-NeoX (Black et al. 2022) and Pythia: LayerNorm, parallel residuals. Known by its names only; not run.
extension ModelFamily {
  static let gptNeoX = ModelFamily(name: "gptneox", huggingFaceTypes: ["gpt_neox"], isRun: false)
}
