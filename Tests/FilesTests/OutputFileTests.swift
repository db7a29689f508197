import Files
import Foundation
import Testing

private let childFolder = "SEXTANT_TEST_CHILD_FOLDER"

@Suite struct OutputFileTests {
  private func outputError(_ body: () throws -> Void) -> OutputError? {
    do { try body() } catch { return error as? OutputError }
    return nil
  }

  @Test func writesAndReplacesWholeFiles() throws {
    let folder = try Folder()
    try OutputFile.write("one", to: folder.file("a"))
    try OutputFile.write("two", to: folder.file("a"))
    #expect(folder.text("a") == "two" && folder.names == ["a"])
  }

  @Test func keepsTheRightsOfTheFileThatItReplaces() throws {
    let folder = try Folder()
    try OutputFile.write("one", to: folder.file("a"))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file("a"))
    try OutputFile.write("two", to: folder.file("a"))
    let rights = try FileManager.default.attributesOfItem(atPath: folder.file("a"))[.posixPermissions]
    #expect((rights as? NSNumber)?.intValue == 0o600)
  }

  /// A library that opens the temporary file by its name would make it again behind its removal: the end waits for it.
  @Test func nothingIsMadeAgainBehindTheEnd() async throws {
    let folder = try Folder()
    unsafe setenv(childFolder, folder.path, 1)
    defer { unsafe unsetenv(childFolder) }
    await #expect(processExitsWith: .exitCode(3)) {
      let folder = try #require(ProcessInfo.processInfo.environment[childFolder])
      let file = try AtomicFile.begin(path: folder + "/a")
      file.opened { temporary in
        Thread.detachNewThread { AtomicFile.abandonAll(exitCode: 3) }
        Thread.sleep(forTimeInterval: 0.2)
        for name in [temporary, folder + "/opened"] { close(unsafe open(name, O_CREAT | O_RDWR, 0o600)) }
      }
      try await Task.sleep(for: .seconds(10))
    }
    #expect(folder.names == ["opened"])
  }

  @Test func followsLinks() throws {
    let folder = try Folder()
    try OutputFile.write("old", to: folder.file("there"))
    for (link, target) in [("absolute", folder.file("there")), ("relative", "there"), ("hop", "relative")] {
      try FileManager.default.createSymbolicLink(atPath: folder.file(link), withDestinationPath: target)
      try OutputFile.write(link, to: folder.file(link))
      #expect(folder.text("there") == link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file(link)) == target)
    }
    try FileManager.default.createSymbolicLink(atPath: folder.file("dangling"), withDestinationPath: "new")
    try OutputFile.write("x", to: folder.file("dangling"))
    #expect(folder.text("new") == "x")
    try FileManager.default.createSymbolicLink(atPath: folder.file("loop"), withDestinationPath: "loop")
    #expect(outputError { try OutputFile.write("x", to: folder.file("loop")) } != nil)
  }

  @Test func devicesAndPipesAreWrittenInPlace() throws {
    let before = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    try OutputFile.write("gone", to: "/dev/null")
    #expect(
      try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType == before)
    #expect(before == .typeCharacterSpecial)
    guard
      case .failed("/dev/full", "write", let reason)? = outputError({
        try OutputFile.write("x", to: "/dev/full")
      })
    else {
      Issue.record("wrote to a full device")
      return
    }
    #expect(reason == "No space left on device")
    #expect(outputError { _ = try AtomicFile.beginLocked(path: "/dev/null") } != nil)
  }

  /// Somebody who may write into the folder lays a link where the temporary file is going to be.
  @Test func aPlantedLinkIsNotWrittenThrough() throws {
    let folder = try Folder()
    try OutputFile.write("precious", to: folder.file("victim"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(".a.partial"), withDestinationPath: folder.file("victim"))
    let file = try AtomicFile.beginLocked(path: folder.file("a"))
    try file.append("new".utf8)
    try file.commit()
    #expect(folder.text("victim") == "precious" && folder.text("a") == "new")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("b.lock"), withDestinationPath: folder.file("made"))
    #expect(outputError { _ = try AtomicFile.beginLocked(path: folder.file("b")) } != nil)
    #expect(!FileManager.default.fileExists(atPath: folder.file("made")))
  }

  @Test func aWriteThatIsGivenUpLeavesNothing() throws {
    let folder = try Folder()
    do {
      let file = try AtomicFile.begin(path: folder.file("a"))
      try file.append([1, 2, 3])
      #expect(folder.names.count == 1)
    }
    #expect(folder.names.isEmpty)
  }

  /// A writer that is killed leaves its temporary file without its lock; one at work has it.
  @Test func leftoversOfKilledWritersAreRemoved() throws {
    let folder = try Folder()
    let path = folder.file("a")
    let left: String
    do {
      let file = try AtomicFile.begin(path: path)
      left = file.temporaryPath
    }
    let others = [
      ".a.0123456789abc.partial", ".a.0123456789ab.new", ".a.0123456789ABC.new", ".b.0123456789abc.new",
    ]
    for place in [left] + others.map(folder.file) {
      try Data("half a file".utf8).write(to: URL(filePath: place))
    }
    let atWork = try AtomicFile.begin(path: path)
    let temporary = atWork.temporaryPath
    #expect(!FileManager.default.fileExists(atPath: left))
    try OutputFile.write("first", to: path)
    #expect(folder.text("a") == "first" && FileManager.default.fileExists(atPath: temporary))
    try atWork.append("last".utf8)
    try atWork.commit()
    #expect(folder.text("a") == "last" && folder.names == (others + ["a"]).sorted())
  }

  /// What a run keeps for the next one is a file; a pipe of its name is not waited for.
  @Test(.timeLimit(.minutes(20))) func aPipeIsNothingThatWasKept() throws {
    let folder = try Folder()
    let path = folder.file("kept")
    #expect(try FileReader.kept(path) == nil)
    try OutputFile.write("x", to: path)
    #expect(try FileReader.kept(path) == Array("x".utf8))
    #expect(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
    for place in [folder.file("pipe"), folder.path, "/dev/null"] {
      #expect(outputError { _ = try FileReader.kept(place) } != nil, "\(place)")
    }
  }

  @Test func missingFoldersAndFoldersAreNamed() throws {
    let folder = try Folder()
    let path = folder.file("out/v.safetensors")
    let expected = OutputError.noFolder(path: path, folder: folder.file("out"))
    #expect(outputError { try OutputPath.check(path) } == expected)
    #expect(outputError { try OutputFile.write("x", to: path) } != nil)
    #expect(expected.description.contains("the folder \(folder.file("out")) does not exist"))
    #expect(outputError { try OutputPath.check(folder.path) } != nil)
    try OutputPath.checkFolder(folder.file("new/deeper"))
    try OutputFile.write("x", to: folder.file("file"))
    #expect(outputError { try OutputPath.checkFolder(folder.file("file/deeper")) } != nil)
    try OutputPath.check("/dev/null")
  }

  @Test func foldersWithFilesStay() throws {
    let folder = try Folder()
    for name in ["empty", "full"] { try OutputFile.makeFolder(folder.file(name)) }
    try OutputFile.write("one", to: folder.file("full/a"))
    for name in ["empty", "full", "none"] { OutputFile.removeFolderIfEmpty(folder.file(name)) }
    #expect(folder.names == ["full"] && folder.text("full/a") == "one")
  }

  @Test func aReaderKnowsItsFile() throws {
    let folder = try Folder()
    try OutputFile.write("0123456789", to: folder.file("a"))
    let reader = try FileReader(path: folder.file("a"))
    #expect(try reader.bytes(at: 3, count: 2) == Array("34".utf8))
    #expect(throws: FileError.self) { try reader.bytes(at: 8, count: 3) }
    #expect(reader.isCurrent)
    try OutputFile.write("0123456789", to: folder.file("a"))
    #expect(!reader.isCurrent)
    #expect(throws: FileError.self) { try FileReader(path: "/dev/zero") }
    #expect(throws: FileError.system(path: folder.path, operation: "read", reason: "not a regular file")) {
      try FileReader(path: folder.path)
    }
  }
}
