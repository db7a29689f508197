import Foundation
import Testing

/// Success means success: a command ends with its result and 0, or with neither.
struct OutputTests {
  @Test(arguments: [
    "inspect a.h5", "inspect a.h5 --json", "verify a.h5", "match a.h5 a.h5",
    "neighbours a a.h5 --no-letters-only",
    "models list --json", "--help", "--version", "help match", "convert a.h5 -o b.h5",
  ])
  func aFullOrClosedStandardOutputIsAnError(_ command: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    try FileManager.default.copyItem(atPath: tool.path("models/a.h5"), toPath: tool.path("a.h5"))
    for redirection in [">/dev/full", ">&-"] {
      let result = try tool.shell("sextant \(command) \(redirection)")
      #expect(result.code == 74, "\(command) \(redirection): \(result.code) \(result.err)")
      #expect(result.err.contains("sextant: standard output: cannot write"), "\(result.err)")
    }
  }

  @Test func aReaderThatGoesIsNoError() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.shell("sleep 0.2; sextant --help | true; echo ${PIPESTATUS[0]}")
    #expect(["141\n", "0\n"].contains(result.out) && result.err.isEmpty, "\(result.out) \(result.err)")
    let late = try tool.shell("{ sleep 0.5; sextant --help; echo $? >&2; } | true")
    #expect(late.err == "141\n")
  }

  @Test func nobodyNeedsToReadTheMessages() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for redirection in ["2>/dev/full", "2>&-", "2>&1 >&- | true; exit ${PIPESTATUS[0]}"] {
      #expect(try tool.shell("sextant inspect nothing.h5 \(redirection)").code == 3, "\(redirection)")
    }
    let imported = try tool.shell("sextant import \(tinyLlama) --as a -v 2>/dev/full <&-")
    #expect(imported.code == 0 && imported.out == "models/a.h5\n")
    // No file took the number of standard error and got a message into it.
    #expect(try tool.shell("sextant import \(tinyLlama) --as b -v 2>&-").code == 0)
    #expect(try tool.run("verify", "models/b.h5").code == 0)
  }

  /// What MPI's launchers set may be left over from elsewhere. Without MPI every process speaks for itself.
  @Test(arguments: ["PMIX_RANK=1", "OMPI_COMM_WORLD_RANK=1", "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2"])
  func ranksOfNoJobAreHeard(_ variables: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let missing = try tool.shell("\(variables) sextant inspect nothing.h5")
    guard !variables.contains("SIZE") else {
      #expect(missing.code == 2 && missing.err.contains("without mpirun"), "\(missing.code) \(missing.err)")
      return
    }
    #expect(missing.code == 3 && missing.err.contains("nothing.h5"), "\(missing.code) \(missing.err)")
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    let same = try tool.shell("\(variables) sextant match a a")
    #expect(same.code == 0 && same.err.contains("one model"), "\(same.code) \(same.err)")
    let compared = try tool.shell("\(variables) sextant compare a a --neighbours 200")
    #expect(compared.code == 5 && compared.err.contains("are needed"), "\(compared.code) \(compared.err)")
  }

  /// A pipe that nobody writes into would be waited for.
  @Test(arguments: [
    "verify p.h5", "inspect p.h5", "convert p.h5 -o x.h5", "match p.h5 p.h5", "graph p.h5", "run p.yaml",
    "run words.yaml", "models list --catalog p.yaml", "import p.safetensors",
    "generate MODEL a --vector p.safetensors", "steer extract MODEL --contrast p.json -o x",
    "steer transfer p.safetensors MODEL --map p.h5 -o x", "steer export p.safetensors -o x",
  ])
  func aPipeIsNoInput(_ command: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let study = """
      name: words
      models: [\(tinyLlama), \(tinyQwen)]
      compare: {also: [token-profiles], relations: p.tsv}

      """
    try Data(study.utf8).write(to: URL(filePath: tool.path("words.yaml")))
    let result = try tool.shell(
      "mkfifo p.h5 p.safetensors p.json p.yaml p.tsv && timeout 60 sextant "
        + command.replacing("MODEL", with: tinyLlama))
    #expect(
      result.code == 3 && result.err.contains("not a regular file"), "\(result.code) \(result.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
  }

  /// Nor is it a place for what a study keeps, which is found out before the work.
  @Test func aPipeIsNoPlaceForAReport() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let study = "name: s\nmodels: [\(tinyLlama), \(tinyQwen)]\n"
    try Data(study.utf8).write(to: URL(filePath: tool.path("s.yaml")))
    let result = try tool.shell(
      "mkdir -p reports/s && mkfifo reports/s/results.json && timeout 60 sextant run s.yaml")
    #expect(
      result.code == 74 && result.err.contains("results.json: cannot put a file here"),
      "\(result.code) \(result.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
  }

  /// Killed at any moment, a writer leaves the old file, the new one or none, and what else it left goes with the next.
  @Test func killedWritersLeaveWholeFiles() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let script = """
      import="sextant import \(tinyLlama) --as x --replace"
      extract="sextant steer extract \(tinyLlama) --contrast tense --block 1 -o vectors/v.safetensors"
      mkdir vectors
      for command in "$import" "$extract"; do
        start=$(date +%s%N); $command >/dev/null || exit 2; took=$((($(date +%s%N) - start) / 1000))
        for part in 3 5 7 9 10 11; do
          $command >/dev/null 2>&1 & writer=$!
          sleep $(printf '0.%06d' $((took * part / 12))); kill -9 $writer 2>/dev/null; wait $writer 2>/dev/null
          for file in models/x.h5 vectors/v.safetensors; do
            [ ! -e $file ] || sextant verify $file >/dev/null || exit 1
          done
        done
      done
      touch models/.x.h5.partial models/x.h5.lock vectors/.v.safetensors.0123456789abc.new
      $import >/dev/null && $extract >/dev/null || exit 2
      [ "$(ls -A models vectors | xargs)" = "models: x.h5 vectors: v.safetensors" ] || { ls -A models vectors >&2; exit 3; }
      """
    let result = try tool.shell(script)
    #expect(result.code == 0, "\(result.code) \(result.err)")
  }

  @Test func linksAndDevicesStayWhatTheyAre() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    for (index, command) in [
      "match a a -o", "steer extract \(tinyLlama) --contrast sentiment --block 1 -o",
    ].enumerated() {
      let result = try tool.shell(
        """
        ln -s target\(index) link\(index) && sextant \(command) link\(index) >/dev/null && \
        test -L link\(index) && test -s target\(index) && \
        sextant \(command) /dev/null >/dev/null && test -c /dev/null && \
        mkfifo pipe\(index) && { cat pipe\(index) > copy\(index) & } && \
        sextant \(command) pipe\(index) >/dev/null && wait && test -p pipe\(index) && \
        cmp copy\(index) target\(index)
        """)
      #expect(result.code == 0, "\(command): \(result.err)")
      #expect(try tool.shell("sextant \(command) /dev/full").code == 74)
    }
  }

  @Test func aMissingFolderIsNamedBeforeTheWorkBegins() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for command in [
      "match a b", "compare a b", "cycle a b", "steer extract m --contrast sentiment", "steer export v",
      "steer transfer v m --map x", "convert a.h5",
    ] {
      let result = try tool.shell("sextant \(command) -o out/v")
      #expect(
        result.code == 2 && result.err.contains("the folder out does not exist"), "\(command): \(result.err)")
    }
    let junit = try tool.shell("sextant check s.yaml --junit out/x.xml")
    #expect(junit.code == 2 && junit.err.contains("the folder out does not exist"), "\(junit.err)")
    #expect(try tool.shell("touch file; sextant layers a b -o file/x").err.contains("file is a file"))
  }

  @Test func aFullDiskEndsWithItsCodeAndLeavesNothing() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    let script = """
      mkdir disk && mount -t tmpfs -o size=200k none disk 2>/dev/null || exit 99
      trap 'umount disk' EXIT
      for fill in 190 160 140 120 60 4; do
        head -c ${fill}k /dev/zero > disk/fill
        sextant import \(tinyLlama) --as x --models disk >out 2>err; code=$?
        rm disk/fill
        [ $code = 0 ] && { sextant verify disk/x.h5 >/dev/null || exit 1; rm -f disk/x.h5; continue; }
        [ $code = 74 ] || { echo "fill $fill: code $code: $(cat err)" >&2; exit 1; }
        grep -q "No space left" err || { cat err >&2; exit 1; }
        [ -z "$(ls -A disk)" ] || { ls -A disk >&2; exit 1; }
      done
      cp models/a.h5 disk && head -c 200k /dev/zero > disk/fill
      sextant graph disk/a.h5 -k 3 >out 2>err; [ $? = 74 ] || { echo "graph" >&2; cat err >&2; exit 1; }
      sextant compare disk/a.h5 disk/a.h5 --no-letters-only --neighbours 5 --dimension-neighbours 10 >out 2>err
      [ $? = 0 ] && grep -q "not kept" err && grep -q orientation out || { echo compare >&2; cat err >&2; exit 1; }
      sextant match disk/a.h5 disk/a.h5 -o disk/m.csv >out 2>err; [ $? = 74 ] || { cat err >&2; exit 1; }
      ls -A disk | grep -vqE '^(a.h5|fill)$' && { ls -A disk >&2; exit 1; }; exit 0
      """
    let result = try tool.shell(script)
    if result.code == 99 {
      Swift.print("SKIPPED: no tmpfs can be mounted here, so full disks are not tried")
      return
    }
    #expect(result.code == 0, "\(result.err)")
  }

  @Test func limitsOfTheSystemAreErrorsToo() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for blocks in [1, 4, 8] {
      let result = try tool.shell("ulimit -f \(blocks); sextant import \(tinyLlama) --as x >/dev/null")
      #expect(
        result.code == 74 && result.err.contains("File too large"), "\(blocks): \(result.code) \(result.err)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: tool.path("models")).isEmpty)
    }
    for files in [4, 5, 6, 8, 10] {
      let result = try tool.shell("ulimit -n \(files); sextant import \(tinyLlama) --as x >/dev/null")
      #expect(result.code >= 0 && result.code != 70, "\(files): \(result.code) \(result.err)")
    }
  }

  @Test func twoWritersOfAStoreAreTold() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.shell(
      "mkdir models; flock models/x.h5.lock sextant import \(tinyLlama) --as x")
    #expect(result.code == 75 && result.err.contains("another process is writing it"), "\(result.err)")
  }
}
