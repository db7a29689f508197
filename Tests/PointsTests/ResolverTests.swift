import Checkpoints
import Files
import Foundation
import Points
import Steering
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct ResolverTests {
  @Test(arguments: TinyPoints.names)
  func tokensAreRowsAndStreams(name: String) throws {
    let tiny = try TinyPoints(name)
    defer { tiny.remove() }
    let id = try #require(tiny.model.tokens.first { $0.form == "th" }).id
    let input = try tiny.model.point(#"token:"th""#)
    #expect(input.values == (try tiny.model.store.readInput(rows: id..<id + 1).elements))
    #expect(input.space == .input && input.token == id && input.weight == 1 && !input.isDirection)
    #expect(try tiny.model.point("token:#\(id)").values == input.values)
    let output = try tiny.model.point(#"token:"th"@output"#)
    #expect(output.values == (try tiny.model.store.readOutput(rows: id..<id + 1).elements))
    let stream = try tiny.model.point(#"token:"th"@embedding"#)
    let scale = tiny.running.configuration.embeddingScale
    #expect(zip(stream.values, input.values).allSatisfy { abs($0 - scale * $1) <= 1e-5 * max(1, abs($0)) })
  }

  @Test(arguments: TinyPoints.names)
  func statesAreThoseOfAPass(name: String) throws {
    let tiny = try TinyPoints(name)
    defer { tiny.remove() }
    let ids = tiny.running.tokenizer.encodeStart("the cat")
    let place = ActivationPoint(block: 1, site: .residualPost)
    let states = try #require(try tiny.running.activations([ids], at: [place], positions: .all)[place])
    let last = try tiny.model.point(#"state:"the cat"@1[-1]"#)
    #expect(last.values == states.row(ids.count - 1) && last.space == .residual(layer: 1))
    #expect(last.prompt?.tokens == ids && last.prompt?.position == ids.count - 1)
    #expect(try tiny.model.point(#"state:"the cat"@1[1]"#).values == states.row(1))
    // What enters block 2 is what left block 1.
    #expect(try tiny.model.point(#"state:"the cat"@2.residualPre[1]"#).space == .residual(layer: 1))
    let added = try tiny.model.point(#"state:"the cat"@1.mlpOutput[1]"#)
    #expect(added.space == .added(ActivationPoint(block: 1, site: .mlpOutput)))
  }

  @Test func sumsAreSums() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    func values(_ text: String) throws -> [Float] { try tiny.model.point(text).values }
    func near(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 } }
    let (a, b) = (try values(#"token:"a""#), try values(#"token:"b""#))
    #expect(near(try values(#"0.5 * token:"a" - 2 * token:"b""#), zip(a, b).map { 0.5 * $0 - 2 * $1 }))
    #expect(near(try values(#"lerp(token:"a", token:"b", 0.3)"#), zip(a, b).map { 0.7 * $0 + 0.3 * $1 }))
    #expect(near(try values(#"mean(token:"a", token:"b")"#), try values(#"(token:"a" + token:"b") / 2"#)))
    let middle = try tiny.model.point(#"slerp(token:"a", token:"b", 0.5)"#)
    func norm(_ x: [Float]) -> Double { x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
    #expect(abs(middle.norm - (norm(a) + norm(b)) / 2) < 1e-5)
    // Half way, the angles to both ends are equal.
    func cosine(_ x: [Float], _ y: [Float]) -> Double {
      zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / norm(x) / norm(y)
    }
    #expect(abs(cosine(middle.values, a) - cosine(middle.values, b)) < 1e-5)
    #expect(near(try values(#"slerp(token:"a", token:"b", 0)"#), a))
    #expect(near(try values(#"slerp(token:"a", token:"b", 1)"#), b))
    let difference = try tiny.model.point(#"token:"a" - token:"b""#)
    #expect(difference.isDirection && difference.weight == 0)
    #expect(try tiny.model.point(#"token:"a" - token:"b" + token:"c""#).weight == 1)
    #expect(try tiny.model.point(#"direction(token:"a")"#).isDirection)
  }

  @Test func filesGiveRows() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let width = tiny.model.width
    var random = SeededRandom(seed: 1)
    let matrix = normalMatrix(3, width, &random)
    try numpyFile("<f4", shape: "3, \(width)", bytes(matrix.elements)).write(
      to: URL(filePath: tiny.path("m.npy")))
    #expect(try tiny.model.point("row:\(tiny.path("m.npy"))#1@2").values == matrix.row(1))
    #expect(try tiny.model.point("row:\(tiny.path("m.npy"))#-1@input").values == matrix.row(2))
    // Beside a point that says its space, a row needs not say its own.
    let beside = try tiny.model.point("token:\"a\" + row:\(tiny.path("m.npy"))#0")
    #expect(beside.space == .input)
    try tiny.writeVector(matrix.row(0), block: 1, to: "v.safetensors")
    let vector = try tiny.model.point("vector:\(tiny.path("v.safetensors"))")
    #expect(vector.values == matrix.row(0) && vector.isDirection && vector.space == .residual(layer: 1))
    let tensor = try tiny.model.point("row:\(tiny.path("v.safetensors")):direction.1#0@1")
    #expect(tensor.values == matrix.row(0) && !tensor.isDirection)
    let steered = try tiny.model.point("state:\"the\"@1[-1] + 2 * vector:\(tiny.path("v.safetensors"))")
    #expect(steered.weight == 1 && steered.space == .residual(layer: 1))
    let store = try tiny.model.point("row:\(tiny.model.store.path)#5")
    #expect(store.values == (try tiny.model.store.readInput(rows: 5..<6).elements) && store.space == .input)
    let output = try tiny.model.point("row:\(tiny.model.store.path):output#5")
    #expect(output.space == .output)
  }

  @Test func numbersOfAllWidthsAreRead() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let numbers = (0..<tiny.model.width).map { Float($0) * 0.25 - 3 }
    let halves = numbers.flatMap { number -> [UInt8] in
      // Exact in binary16: quarters below 8.
      let bits: UInt16 =
        number == 0
        ? 0
        : (number < 0 ? 0x8000 : 0) | UInt16(Int(abs(number).exponent) + 15) << 10
          | UInt16((abs(number).significand - 1) * 1024)
      return [UInt8(bits & 255), UInt8(bits >> 8)]
    }
    let doubles = numbers.flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: Double(number).bitPattern >> (8 * UInt64($0))) }
    }
    let bigEndian = numbers.flatMap { number in bytes([number]).reversed() }
    let shape = "\(numbers.count),"
    for (type, data) in [("<f2", halves), ("<f8", doubles), (">f4", Array(bigEndian))] {
      try numpyFile(type, shape: shape, data).write(to: URL(filePath: tiny.path("x.npy")))
      #expect(try tiny.model.point("row:\(tiny.path("x.npy"))#0@0").values == numbers, "\(type)")
    }
  }

  @Test func faultsSayWhatAndWhere() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let width = tiny.model.width
    let wide = numpyFile("<f4", shape: "1, \(width + 1)", bytes(Array(repeating: 1, count: width + 1)))
    try wide.write(to: URL(filePath: tiny.path("wide.npy")))
    let odd = numpyFile(
      "<f4", shape: "2, \(width)",
      bytes(Array(repeating: 1, count: width) + Array(repeating: .nan, count: width)))
    try odd.write(to: URL(filePath: tiny.path("odd.npy")))
    try tiny.writeVector(Array(repeating: 1, count: width), block: 1, hash: "other", to: "other.safetensors")
    try tiny.writeVector(Array(repeating: 1, count: width), block: 9, to: "deep.safetensors")
    let long = String(repeating: "a b ", count: tiny.running.configuration.contextLength)
    let cases: [(String, FailureKind, Int, [String])] = [
      (#"token:"thx""#, .usage, 1, ["splits it into \"th\" + \"x\"", #"mean(token:"th", token:"x")"#]),
      (#"token:"a" + token:"tj""#, .usage, 13, ["nearest spellings", #"token:"th""#]),
      ("token:#96", .usage, 1, ["0 … 95"]),
      (#"token:"a"@2"#, .usage, 1, ["state:"]),
      (#"token:"a" + item:king"#, .usage, 13, ["an item of a domain", "sextant elm ask"]),
      (#"state:"a"@3[0]"#, .misfit, 1, ["block 3", "0 … 2"]),
      (#"state:"a"@1.mlpOutput[7]"#, .misfit, 1, ["position 7"]),
      ("state:\"\(long)\"@1[0]", .misfit, 1, ["context of \(tiny.running.configuration.contextLength)"]),
      (
        #"token:"a" + state:"a"@1[0]"#, .misfit, 13,
        ["the residual stream leaving block 1", "the input embedding", "column 1"]
      ),
      (#"token:"a" + token:"a"@output"#, .misfit, 13, ["the unembedding"]),
      ("row:\(tiny.path("wide.npy"))#0@input", .misfit, 1, ["\(width + 1) wide", "input, output", "0 … 2"]),
      ("row:\(tiny.path("odd.npy"))#0", .usage, 1, ["which space"]),
      ("row:\(tiny.path("odd.npy"))#1@1", .badInput, 1, ["NaN"]),
      ("row:\(tiny.path("odd.npy"))#2@1", .misfit, 1, ["0 … 1"]),
      ("row:\(tiny.path("nothing.npy"))#0@1", .badInput, 1, ["nothing.npy"]),
      ("vector:\(tiny.path("other.safetensors"))", .misfit, 1, ["was made of", "--force-mismatch"]),
      ("vector:\(tiny.path("deep.safetensors"))", .misfit, 1, ["block 9"]),
      ("row:\(tiny.model.store.path)#0@output", .misfit, 1, ["is of the input embedding"]),
      (#"token:"a" - token:"a""#, .notEvaluable, 1, ["zero"]),
      (#"slerp(token:"a", -token:"a", 0.5)"#, .notEvaluable, 1, ["slerp"]),
    ]
    for (text, kind, column, words) in cases {
      let error = try #require(fault(tiny.model, text), "\(text)")
      #expect(error.kind == kind, "\(text): \(error)")
      #expect(error.place.column == column, "\(text): \(error)")
      for word in words { #expect("\(error)".contains(word), "\(text): \(error)") }
    }
    var rules = PointReadingRules()
    rules.allowsMismatch = true
    #expect(fault(tiny.model, "vector:\(tiny.path("other.safetensors"))", rules: rules) == nil)
    let error = try #require(fault(try tiny.withoutBlocks(), #"state:"a"@1[0]"#))
    #expect("\(error)".contains("fetch it") && error.kind == .badInput)
  }

  @Test func brokenArraysAreRefused() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let width = tiny.model.width
    let whole = numpyFile("<f4", shape: "2, \(width)", bytes(Array(repeating: 1, count: 2 * width)))
    let path = tiny.path("x.npy")
    func fails(_ data: Data, _ word: String) throws {
      try data.write(to: URL(filePath: path))
      let error = try #require(fault(tiny.model, "row:\(path)#0@1"), "\(word)")
      #expect(error.kind == .badInput && "\(error)".contains(word), "\(error)")
    }
    try fails(whole.dropLast(), "numbers")
    try fails(whole + Data([0]), "numbers")
    try fails(numpyFile("<i4", shape: "1, \(width)", bytes(Array(repeating: 1, count: width))), "descr")
    try fails(
      numpyFile("<f4", shape: "1, \(width), 1", fortran: true, bytes(Array(repeating: 1, count: width))),
      "fortran_order")
    try fails(numpyFile("<f4", shape: "9223372036854775807, 9", []), "2^63")
    for length in [0, 5, 9, 40] { try fails(whole.prefix(length), "x.npy") }
  }
}
