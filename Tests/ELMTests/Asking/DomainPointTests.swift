import ELM
import Files
import Foundation
import Points
import Stores
import Tensors
import TestSupport
import Testing

@Suite struct DomainPointTests {
  private let domain = fourWords()

  @Test func itemsAreRowsAndSumsAreSums() throws {
    #expect(try DomainPoint("item:king", in: domain).vector == [3, 1])
    let sum = try DomainPoint("item:king - item:man + item:woman", in: domain)
    #expect(sum.vector == [-1, 5] && sum.weight == 1 && sum.items == [0, 2, 3])
    #expect(try DomainPoint("lerp(item:king, item:queen, 0.5)", in: domain).vector == [2, 2])
    #expect(
      try DomainPoint("mean(item:king, item:queen, item:man, item:woman)", in: domain).vector == [1.5, 1.5])
    let difference = try DomainPoint("item:king - item:man", in: domain)
    #expect(difference.isDirection && difference.vector == [0, 2])
    #expect(try DomainPoint("direction(item:king)", in: domain).isDirection)
  }

  @Test func theCircleKeepsLengths() throws {
    let middle = try DomainPoint("slerp(item:king, item:queen, 0.5)", in: domain)
    let norm = middle.vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(isNear(norm, 10.0.squareRoot(), 1e-5) && middle.vector[0] == middle.vector[1])
    #expect(isNear(middle.weight, 1))
  }

  @Test func pointsPrintAsTheyAreRead() throws {
    let point = try DomainPoint("0.5*item:\"king\"+0.5 *item:queen", in: domain)
    #expect(point.words == "0.5 * item:\"king\" + 0.5 * item:\"queen\"")
    #expect(try DomainPoint(point.words, in: domain) == point)
  }

  @Test func aGridHoldsBothEnds() throws {
    let (a, b) = (try DomainPoint("item:king", in: domain), try DomainPoint("item:woman", in: domain))
    let grid = DomainPoint.grid(from: a, to: b, steps: 5)
    #expect(grid.map(\.vector) == [[3, 1], [2, 1.5], [1, 2], [0, 2.5], [-1, 3]])
    #expect(grid[0].items == [0] && grid[4].items == [3] && grid[2].items == [0, 3])
    for point in grid { #expect(try DomainPoint(point.words, in: domain).vector == point.vector) }
    let moved = a.moved(along: [0, 2], by: -1.5, called: "cav")
    #expect(moved.vector == [3, -2] && moved.words == "item:\"king\" - 1.5 * cav")
  }

  @Test func rowsOfFilesArePoints() throws {
    let folder = try TemporaryFolder()
    try domain.write(to: folder.file("d.domain.h5"))
    let row = try DomainPoint("row:\"\(folder.file("d.domain.h5"))\":vectors#-1", in: domain)
    #expect(row.vector == [-1, 3] && row.items.isEmpty)
    let several = said { try DomainPoint("vector:\"\(folder.file("d.domain.h5"))\"", in: domain) }
    #expect(several.contains("choose one, as in row:"), "\(several)")
  }

  @Test func whatADomainHasNotIsSaidWithItsPlace() {
    let typo = said { try DomainPoint("item:king + item:quen", in: domain) }
    #expect(typo.contains("column 13") && typo.contains("did you mean item:\"queen\"?"), "\(typo)")
    #expect(
      said { try DomainPoint("token:\" king\"", in: domain) }.contains("tokens and states are of models"))
    #expect(said { try DomainPoint("item:king - item:king", in: domain) }.contains("the point is zero"))
    #expect(said { try DomainPoint("row:x.npy#1@input", in: domain) }.contains("not of a domain"))
    #expect(said { try DomainPoint("ite:king", in: domain) }.contains("did you mean \"item\"?"))
    #expect(said { try DomainPoint("item:king + ", in: domain) }.contains("found the end"))
  }
}
