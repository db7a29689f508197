import Foundation
import Sextant

// CarryAVector SOURCE TARGET: a steering vector of the one model, carried into the other through the embeddings of the tokens
// that both know. Whether it does there what it does at home is another question: `sextant steer validate` asks it.
let paths = CommandLine.arguments.dropFirst()
guard paths.count == 2 else {
  print("usage: CarryAVector SOURCE TARGET (GGUF files or Hugging Face folders)")
  exit(2)
}
let files = try paths.map { try Checkpoint.open($0) }
let models = try zip(paths, files).map { NamedModel(try Model.load($1), try identity(of: $1, source: $0)) }
let (source, target) = (models[0], models[1])

let match = TokenMatch(try files[0].vocabulary().tokens, try files[1].vocabulary().tokens)
let map = try Ridge().fit(
  source: files[0].inputEmbedding.selecting(rows: match.rowsA),
  target: files[1].inputEmbedding.selecting(rows: match.rowsB)
).map
print("a map of \(match.pairs.count) tokens, \(map.sourceWidth) to \(map.targetWidth)")

let (blocks, targetBlocks) = (source.model.configuration.blockCount, target.model.configuration.blockCount)
let vector = try extractVectors(
  ContrastSet.bundled("sentiment"), from: source.model, blocks: [blocks / 2], identity: source.identity)[0]
let block = LayerPolicy.sameDepthBlock(
  source: vector.point.block, sourceBlocks: blocks, targetBlocks: targetBlocks)
let carried = try Carrier(map, words: "ridge").carried(vector, into: target, at: block)
let (steering, calibration) = try carried.calibrated(
  in: target.model, neutralTexts: ContrastSet.neutralTexts())
print(
  "block \(block) of \(target.identity.name): norm \(steering.norm) moves it by \(calibration.divergence) nats a token"
)
