import Alignment
import Tensors
import Testing

@Suite struct ShuffledMapsTests {
  /// A direction through a shuffled map without the map is the one through the map.
  @Test(arguments: [0, 0.01, 1]) func equalToFittingEachMap(_ lambda: Double) throws {
    var random = SeededRandom(seed: 7)
    func matrix(_ rows: Int, _ columns: Int) -> Matrix<Float> {
      Matrix(
        rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(3 + random.normal()) })
    }
    let (x, y) = (matrix(60, 5), matrix(60, 7))
    let direction: [Float] = [1, -2, 0.5, 3, 0]
    let carried = try ShuffledMaps(source: x, target: y, lambda: lambda).carried(
      direction, count: 3, seed: 11)
    var seeds = SeededRandom(seed: 11)
    for index in 0..<3 {
      let method: any LinearMethod = lambda == 0 ? LeastSquares() : Ridge(lambda: lambda)
      let map = try method.fitShuffled(source: x, target: y, seed: seeds.next()).map
      let expected = map.applied(toDirection: direction)
      for (found, value) in zip(carried[index], expected) {
        #expect(abs(found - value) < 1e-4, "draw \(index)")
      }
    }
    #expect(carried[0] != carried[1])
  }
}
