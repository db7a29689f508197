internal import Checkpoints
internal import Files
package import Stores
internal import Tensors
internal import Training
package import Transformers

/// Files that other programs read.
extension EmbeddingLanguageModel {
  /// Writes what LoRA has learned as an adapter that llama.cpp loads (`llama-cli --lora FILE`): GGUF version 3, F32.
  ///
  /// `general.type = adapter`, `adapter.type = lora`, `adapter.lora.alpha = α`; of a matrix W `[outputs x inputs]`
  /// `W.lora_a` `[r x inputs]` and `W.lora_b` `[outputs x r]`, which add `(α / r) B A`. GGUF files of llama have
  /// queries and keys in another order of rows than checkpoints of Hugging Face; B is put into that order. llama.cpp
  /// cannot be given the pseudo-tokens, so the file is for what else the model has learned with them.
  /// - Throws: ``ElmError/notEvaluable(what:reason:)`` where no LoRA was trained; `OutputError`.
  public func writeLoRA(to path: String) throws { try record.writeLoRA(of: model, to: path) }

  /// Writes the adapter as safetensors: its parameters by name, `mean` `[d]`, and as metadata the scale, the norm, K
  /// and both widths.
  ///
  /// ```
  /// x' = (x - mean) / scale
  /// u = weight x' + bias, or weight.2 f(weight.1 x' + bias.1) + bias.2 with f(z) = z / (1 + e^-z)
  /// t_k = norm · u_k / ‖u_k‖, u read as [K x d_model]
  /// ```
  /// - Throws: `OutputError`; ``ElmError/misfit(what:expected:actual:remedy:)`` for names that are no text.
  public func writeAdapter(to path: String) throws {
    let metadata = [
      "format": "sextant-elm-adapter/1", "model": record.model.name, "model-sha256": record.model.identity,
      "domain": record.domain.name, "domain-identity": record.domain.identity,
      "scale": "\(record.standardisation.scale)", "norm": "\(record.norm)", "tokens": "\(record.tokenCount)",
      "model-width": "\(record.modelWidth)", "domain-width": "\(record.domainWidth)",
    ]
    let parameters = record.adapter.map { parameter in
      let values = parameter.values
      let isBias = parameter.name.hasPrefix("bias")
      return (parameter.name, isBias ? [values.columns] : [values.rows, values.columns], values.elements)
    }
    let mean = ("mean", [record.domainWidth], record.standardisation.mean)
    guard let file = safetensorsFile(metadata: metadata, parameters + [mean]) else {
      throw ElmError.misfit(
        what: "names of model and domain", expected: "text", actual: record.model.name, remedy: "rename them")
    }
    try OutputFile.write(file.bytes, to: path)
  }
}

extension ElmRecord {
  /// ``EmbeddingLanguageModel/writeLoRA(to:)``, which needs no tokenizer.
  /// - Parameter language: the model that it was trained on.
  package func writeLoRA(of language: Model, to path: String) throws {
    let factors = weights.filter { $0.name.hasSuffix(".lora_a") || $0.name.hasSuffix(".lora_b") }
    guard !factors.isEmpty else {
      throw ElmError.notEvaluable(
        what: "LoRA of \(model.name)",
        reason: "none was trained: take --stages adapter,lora or joint")
    }
    var writer = GGUFWriter([
      ("general.type", .string("adapter")),
      ("general.architecture", .string(language.configuration.architecture)),
      ("general.name", .string("\(model.name) reading \(domain.name)")),
      ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float(alpha)),
      ("sextant.model-sha256", .string(model.identity)),
    ])
    for weight in factors {
      let values = language.inOrderOfGGUF(weight)
      writer.add(weight.name, dimensions: [values.columns, values.rows], values.elements)
    }
    try OutputFile.write(writer.bytes.bytes, to: path)
  }
}

extension Model {
  /// Rows of B of queries and keys as GGUF files of the architecture have them: pairs that turn together side by side.
  fileprivate func inOrderOfGGUF(_ weight: ElmRecord.Values) -> Matrix<Float> {
    let wanted = ModelFamily.named(configuration.architecture).ropeStyle
    guard configuration.ropeStyle == .half, wanted == .adjacent, weight.name.hasSuffix(".lora_b") else {
      return weight.values
    }
    let isQuery = weight.name.contains(".\(LinearLayer.query.rawValue).")
    guard isQuery || weight.name.contains(".\(LinearLayer.key.rawValue).") else { return weight.values }
    let heads = isQuery ? configuration.headCount : configuration.keyValueHeadCount
    let (size, half) = (configuration.headDimension, configuration.headDimension / 2)
    return weight.values.selecting(
      rows: (0..<heads).flatMap { head in
        (0..<half).flatMap { [head * size + $0, head * size + half + $0] }
      })
  }
}
