public import Alignment
internal import Geometry
public import Steering

/// The controls of a map of hidden states, and the map itself, fitted on the bundled texts without those of one contrast set.
public struct StateControls: MapControls {
  public let selfMap: LinearMap
  let fitted: FittedLayerMap
  private let states: PairedStates
  private let names: String

  /// Fits the maps from a block of the source to one of the target, and from that one to itself.
  ///
  /// Cost: two passes over the texts a model, and two ridges with cross-validation, O(n d² + d³).
  init(
    from source: NamedModel, to target: NamedModel, layers: LayerSpace, without set: ContrastSet, seed: UInt64
  ) throws {
    let texts = try LayerTexts.bundled(excluding: [set.name])
    let across = layers.layers
    let own = LayerPair(a: across.b, b: across.b)
    names = "\(source.identity.name)--\(target.identity.name)"
    let (a, b) = ((source.identity.name, source.model), (target.identity.name, target.model))
    states = try LayerBench(a, b, seed: seed).pairedStates(texts, layers: [across])
    fitted = try states.map(across)
    selfMap = try LayerBench(b, b, seed: seed).pairedStates(texts, layers: [own]).map(own).map.map
  }

  /// In closed form, as `Alignment/ShuffledMaps`.
  public func carriedThroughShuffled(_ direction: [Float], count: Int, seed: UInt64) throws -> [[Float]] {
    try states.carriedThroughShuffled(direction, fitted, count: count, seed: seed)
  }

  /// The map as what carries vectors; it is in no file.
  var carrier: Carrier {
    let (layers, map) = (fitted.result.layers, fitted.map.map)
    return Carrier(
      map, words: "\(map.method) map of hidden states \(names), layer \(layers.a) to layer \(layers.b)",
      layers: LayerSpace(sourceBlock: layers.a - 1, targetBlock: layers.b - 1))
  }
}

extension LayerSpace {
  /// The layers of its blocks' outputs: layer l is the output of block l - 1.
  var layers: LayerPair { LayerPair(a: sourceBlock + 1, b: targetBlock + 1) }
}

extension Carrier {
  /// What files and tables call the map: its method, and the layers of one of hidden states.
  public var mapName: String { layers.map { $0.layers.mapName } ?? map.method }
}
