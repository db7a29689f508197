import Files
import Points
import Tensors
import TestSupport
import Testing

@Suite struct ParserTests {
  @Test(arguments: [
    (#"token:" Paris""#, #"token:" Paris""#), (#"token:#1234@output"#, #"token:#1234@output"#),
    (#" token:"a\"b\\c\n" "#, #"token:"a\"b\\c\n""#), (#"token:"\u{7f}""#, #"token:"\u{7f}""#),
    (#"state:"The capital of France is"@12[-1]"#, #"state:"The capital of France is"@12[-1]"#),
    (#"state:"x"@3.mlpOutput[ 0 ]"#, #"state:"x"@3.mlpOutput[0]"#),
    (#"state:"x"@3.residualPre[0]"#, #"state:"x"@2[0]"#),
    (#"state:"x"@0.residualPre[0]"#, #"state:"x"@embedding[0]"#),
    ("vector:a/happy-1.safetensors", "vector:a/happy-1.safetensors"), ("vector:c.gguf@8", "vector:c.gguf@8"),
    (#"vector:"a b.gguf""#, #"vector:"a b.gguf""#), ("row:f.npy#-1@12", "row:f.npy#-1@12"),
    ("row:m.safetensors:lm_head.weight#17@output", "row:m.safetensors:lm_head.weight#17@output"),
    (#"0.5*token:"a"+token:"b"-token:"c""#, #"0.5 * token:"a" + token:"b" - token:"c""#),
    (#"(token:"a" + token:"b") / 2"#, #"0.5 * (token:"a" + token:"b")"#),
    (#"token:"a" - (token:"b" - token:"c")"#, #"token:"a" - (token:"b" - token:"c")"#),
    (#"-token:"a" * 2"#, #"-2 * token:"a""#), (#"2 * 3 * token:"a""#, #"6 * token:"a""#),
    (#"1e-3 * token:"a""#, #"0.001 * token:"a""#), (#"((token:"a"))"#, #"token:"a""#),
    (#"lerp( token:"a" ,token:"b", 0.3 )"#, #"lerp(token:"a", token:"b", 0.3)"#),
    (#"slerp(token:"a", token:"b", -0.5)"#, #"slerp(token:"a", token:"b", -0.5)"#),
    (#"mean(token:"a", 2 * token:"b", token:"c")"#, #"mean(token:"a", 2 * token:"b", token:"c")"#),
    ("direction(row:v.npy#0@3)", "direction(row:v.npy#0@3)"), ("item:king", #"item:"king""#),
    (#"item:"New York" - item:a"#, #"item:"New York" - item:"a""#),
  ])
  func printsBackCanonically(text: String, canonical: String) throws {
    let point = try PointParser.parse(text)
    #expect(point.description == canonical)
    #expect(try PointParser.parse(canonical) == point)
  }

  @Test(arguments: [
    ("", 1), ("tokn:\"a\"", 1), ("token:", 7), ("token:a", 7), ("token:\"a", 9),
    ("token:\"a\" token:\"b\"", 11),
    ("token:\"a\" +", 12), ("0.5 token:\"a\"", 5), ("token:\"a\" / 0", 13), ("state:\"a\"[0]", 10),
    ("state:\"a\"@12", 13),
    ("state:\"a\"@twelve[0]", 11), ("state:\"a\"@3.output[0]", 11), ("row:f.npy", 10), ("row:f.npy#x", 11),
    ("lerp(token:\"a\", token:\"b\")", 26), ("mean()", 6), ("(token:\"a\"", 11), ("token:\"\\q\"", 8),
    ("vector:", 8),
  ])
  func faultsNameTheirColumn(text: String, column: Int) throws {
    do throws(PointError) {
      _ = try PointParser.parse(text)
      Issue.record("\(text) was read")
    } catch {
      #expect(error.place.column == column, "\(text): \(error)")
      #expect(error.kind == .usage)
    }
  }

  @Test func aWrongWordGetsTheRightOne() {
    #expect(throws: PointError.self) { try PointParser.parse("tokne:\"a\"") }
    do { _ = try PointParser.parse("tokne:\"a\"") } catch {
      #expect("\(error)".contains("did you mean \"token\""))
    }
  }

  @Test func nestingIsBounded() {
    #expect(throws: PointError.self) {
      try PointParser.parse(String(repeating: "(", count: 100_000) + "token:\"a\"")
    }
  }

  @Test(arguments: 0..<40)
  func anyExpressionIsReadAsItPrints(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let point = PointExpression(Self.node(&random, depth: 3))
    #expect(try PointParser.parse(point.description) == point, "\(seed): \(point)")
  }

  /// A random expression in the form that the parser gives: sums of one weighted term are sums, weights of 1 alone are not.
  private static func node(_ random: inout SeededRandom, depth: Int) -> PointExpression.Node {
    func below(_ limit: UInt64, _ random: inout SeededRandom) -> Int { Int(random.next(upperBound: limit)) }
    let spaces: [PointSpace] = [.input, .output, .residual(layer: -1), .residual(layer: 7)]
    let texts = [" Paris", "a\"b", "\\", "日本", "tab\t", "▁x", "\u{1}"]
    let leaf = depth == 0
    switch below(leaf ? 5 : 10, &random) {
    case 0:
      return .token(
        .text(texts[below(7, &random)]), space: below(2, &random) == 0 ? nil : spaces[below(3, &random)])
    case 1:
      return .state(
        prompt: texts[below(7, &random)], space: .residual(layer: below(9, &random)),
        position: below(9, &random) - 4)
    case 2:
      return .vector(
        path: ["a.gguf", "b c.safetensors", "d@e"][below(3, &random)], layer: below(2, &random) == 0 ? nil : 3
      )
    case 3:
      return .row(
        .init(
          path: "x/y.npy", element: below(2, &random) == 0 ? nil : "w.weight", row: below(9, &random) - 4),
        space: spaces[below(4, &random)])
    case 4: return .item(texts[below(7, &random)])
    case 5:
      return .mean([
        PointExpression(node(&random, depth: depth - 1)), PointExpression(node(&random, depth: depth - 1)),
      ])
    case 6:
      return .lerp(
        PointExpression(node(&random, depth: depth - 1)), PointExpression(node(&random, depth: depth - 1)),
        0.25)
    case 7:
      return .slerp(
        PointExpression(node(&random, depth: depth - 1)), PointExpression(node(&random, depth: depth - 1)),
        -1.5)
    case 8: return .direction(PointExpression(node(&random, depth: depth - 1)))
    default:
      let weights = [0.5, -1, 2, 1, -0.001]
      var terms = [PointExpression.Term(-2, PointExpression(node(&random, depth: depth - 1)))]
      for _ in 0..<below(3, &random) {
        terms.append(.init(weights[below(5, &random)], PointExpression(node(&random, depth: depth - 1))))
      }
      return .sum(terms)
    }
  }
}
