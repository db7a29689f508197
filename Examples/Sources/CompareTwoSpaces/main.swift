import Sextant

// Two spaces over the same 500 tokens: the second is the first with its axes in another order, and noise.
var random = SeededRandom(seed: 1)
let a = Matrix<Float>(rows: 500, columns: 16, elements: (0..<8000).map { _ in Float(random.normal()) })
var b = a
for i in 0..<500 { for j in 0..<16 { b[i, j] = a[i, 15 - j] + Float(0.3 * random.normal()) } }

let pair = PairBench(SpaceBench("a", a), SpaceBench("b", b))
for number in try compare(pair).measured where number.isHeadline {
  print(number.task, number.key, number.evaluation.value ?? .nan)
}
