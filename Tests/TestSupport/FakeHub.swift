import Foundation

/// A server on loopback that behaves like the Hugging Face hub, and a second one that behaves like the store of large files that it
/// redirects to. What goes wrong, and when, is said before.
///
/// Python's `http.server` in a process of its own, which ends with this value.
package final class FakeHub {
  /// A repository at one commit.
  package struct Repository: Encodable {
    package var files: [String: [UInt8]] = [:]
    /// Those that lie in the store and are known by SHA-256; small ones by git's hash.
    package var large: Set<String> = []
    package var commit = String(repeating: "c0", count: 20)
    package var revisions = ["main"]
    package var licence: String? = "apache-2.0"
    /// Those whose token is `secret` are let in.
    package var isGated = false
    /// Whether the list of files tells sizes and hashes, as the public hub does.
    package var tellsHashes = true
    /// Whether small files are behind a redirect to another path of the hub.
    package var redirectsSmall = false

    package init(_ files: [String: [UInt8]], large: Set<String> = []) {
      (self.files, self.large) = (files, large)
    }
  }

  /// Something that happens to requests whose line, as `store GET /blob/…`, holds `at`; the first so many of them.
  package struct Fault: Encodable {
    var at: String
    var times: Int
    var status: Int?
    var headers: [String: String] = [:]
    var cut: Int?
    var stall: Int?
    var body: [UInt8]?
    var ignoresRange = false
    var hidesLength = false
    var omits: [String] = []

    /// Another answer.
    package static func status(
      _ status: Int, _ headers: [String: String] = [:], at: String, times: Int = 1
    ) -> Fault {
      var fault = Fault(at: at, times: times)
      (fault.status, fault.headers) = (status, headers)
      return fault
    }

    /// The line breaks after so many bytes.
    package static func cut(after count: Int, at: String, times: Int = 1) -> Fault {
      var fault = Fault(at: at, times: times)
      fault.cut = count
      return fault
    }

    /// Nothing comes after so many bytes.
    package static func stall(after count: Int, at: String, times: Int = 1) -> Fault {
      var fault = Fault(at: at, times: times)
      fault.stall = count
      return fault
    }

    /// Other bytes come; `hidesLength` does not say how many.
    package static func body(
      _ body: [UInt8], at: String, times: Int = 1, hidesLength: Bool = false
    ) -> Fault {
      var fault = Fault(at: at, times: times)
      (fault.body, fault.hidesLength) = (body, hidesLength)
      return fault
    }

    /// The answer has other or fewer headers.
    package static func headers(
      _ headers: [String: String] = [:], omits: [String] = [], at: String, times: Int = 1
    ) -> Fault {
      var fault = Fault(at: at, times: times)
      (fault.headers, fault.omits) = (headers, omits)
      return fault
    }

    /// Everything is sent, whatever part was asked for.
    package static func wholeOnly(at: String, times: Int = 1) -> Fault {
      var fault = Fault(at: at, times: times)
      fault.ignoresRange = true
      return fault
    }
  }

  /// What somebody asked for.
  package struct Request: Decodable {
    /// `hub` or `store`, the method and the path.
    package let line: String
    package let authorization: String?
    package let range: String?
    package let ifRange: String?
  }

  package let endpoint: String
  /// The origin of the store.
  package let store: String
  private let folder: TemporaryFolder
  private let process: Process
  private let life = Pipe()

  package init(_ repositories: [String: Repository], _ faults: [Fault] = []) throws {
    struct State: Encodable {
      let repositories: [String: Repository]
      let faults: [Fault]
    }
    folder = try TemporaryFolder()
    let state = try JSONEncoder().encode(State(repositories: repositories, faults: faults))
    try state.write(to: URL(filePath: folder.file("state.json")))
    let script = try folder.write(Self.script, to: "hub.py")
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-I", script, folder.path]
    process.standardInput = life
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var ports: [String] = []
    while ports.count < 2 {
      guard process.isRunning else { throw CocoaError(.fileReadUnknown) }
      Thread.sleep(forTimeInterval: 0.01)
      let text = try? String(contentsOfFile: folder.file("ports"), encoding: .utf8)
      ports = text.map { $0.split(separator: " ").map(String.init) } ?? []
    }
    endpoint = "http://127.0.0.1:\(ports[0])"
    store = "127.0.0.1:\(ports[1])"
  }

  deinit {
    try? life.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// All requests so far.
  package var requests: [Request] {
    let text = (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Request.self, from: Data($0.utf8))
    }
  }

  private static let script = #"""
    import hashlib, http.server, json, os, sys, threading, time, urllib.parse

    folder = sys.argv[1]
    state = json.load(open(folder + "/state.json"))
    lock = threading.Lock()
    blobs = {}


    def sha256(data):
        return hashlib.sha256(data).hexdigest()


    def git(data):
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


    for repository in state["repositories"].values():
        repository["files"] = {name: bytes(data) for name, data in repository["files"].items()}
        blobs.update((sha256(data), data) for data in repository["files"].values())


    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            side = "hub" if self.server is hub else "store"
            line = f"{side} {self.command} {self.path}"
            with lock:
                with open(folder + "/log", "a") as log:
                    log.write(json.dumps({
                        "line": line, "authorization": self.headers.get("Authorization"),
                        "range": self.headers.get("Range"), "ifRange": self.headers.get("If-Range")}) + "\n")
                self.fault = next((f for f in state["faults"] if f["at"] in line and f["times"] > 0), {})
                if self.fault:
                    self.fault["times"] -= 1
            if "status" in self.fault:
                self.reply(self.fault["status"], self.fault["headers"])
            elif side == "hub":
                self.hub()
            else:
                self.store()

        do_HEAD = do_GET

        def reply(self, status, headers, data=b"", length=None):
            self.send_response(status)
            headers = {**headers, **self.fault.get("headers", {})}
            for name, value in headers.items():
                if name not in self.fault.get("omits", []):
                    self.send_header(name, value)
            hides = self.fault.get("hidesLength")
            self.send_header(*(("Connection", "close") if hides else ("Content-Length", str(length or len(data)))))
            self.end_headers()
            self.close_connection = bool(hides)
            if self.command == "HEAD":
                return
            end = self.fault.get("cut", self.fault.get("stall"))
            self.wfile.write(data if end is None else data[:end])
            self.wfile.flush()
            if end is not None:
                time.sleep(60 if "stall" in self.fault else 0)
                self.close_connection = True

        def error(self, status, code, message):
            self.reply(status, {"X-Error-Code": code, "X-Error-Message": message})

        def content(self, data, tag, headers={}):
            data = bytes(self.fault.get("body") or data)
            headers = {"ETag": f'"{tag}"', "Accept-Ranges": "bytes", **headers}
            wanted, unless = self.headers.get("Range"), self.headers.get("If-Range")
            sent = headers["ETag"] if "ETag" not in self.fault.get("headers", {}) else self.fault["headers"]["ETag"]
            if wanted and not self.fault.get("ignoresRange") and unless in (None, sent):
                start = int(wanted.split("=")[1].rstrip("-"))
                if start >= len(data):
                    return self.reply(416, {"Content-Range": f"bytes */{len(data)}"})
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                return self.reply(206, headers, data[start:])
            self.reply(200, headers, data)

        def store(self):
            # As the real one does: a signed address and a token are too much.
            if self.headers.get("Authorization"):
                return self.reply(400, {})
            if self.command == "HEAD":
                return self.reply(403, {})
            digest = urllib.parse.urlparse(self.path).path.split("/")[-1]
            self.content(blobs[digest], "store-" + digest[:8])

        def hub(self):
            path = urllib.parse.urlparse(self.path).path
            if path.startswith("/api/resolve-cache/"):
                _, _, _, org, name, *file = path.split("/")
                repository = state["repositories"][f"{org}/{name}"]
                data = repository["files"][urllib.parse.unquote("/".join(file))]
                return self.content(data, git(data), {"X-Repo-Commit": repository["commit"]})
            if path.startswith("/api/models/"):
                _, _, _, org, name, _, revision = path.split("/")
                return self.list(f"{org}/{name}", urllib.parse.unquote(revision))
            _, org, name, _, commit, *file = path.split("/")
            self.resolve(f"{org}/{name}", commit, urllib.parse.unquote("/".join(file)))

        def list(self, identity, revision):
            repository = state["repositories"].get(identity)
            if repository is None:
                known = self.headers.get("Authorization")
                return self.error(*((404, "RepoNotFound", "Repository not found") if known else (401, "", "Invalid username or password.")))
            if revision not in repository["revisions"] + [repository["commit"]]:
                return self.error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            siblings = []
            for name, data in sorted(repository["files"].items()):
                file = {"rfilename": name}
                if repository["tellsHashes"]:
                    file |= {"size": len(data), "blobId": git(data)}
                    if name in repository["large"]:
                        pointer = b"version https://git-lfs.github.com/spec/v1\n"
                        file["blobId"] = git(pointer)
                        file["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": len(pointer)}
                siblings.append(file)
            answer = {
                "id": identity, "sha": repository["commit"], "private": False,
                "gated": "manual" if repository["isGated"] else False, "siblings": siblings}
            if repository.get("licence"):
                answer["cardData"] = {"license": repository["licence"]}
            self.content(json.dumps(answer).encode(), "list", {"Content-Type": "application/json"})

        def resolve(self, identity, commit, name):
            repository = state["repositories"][identity]
            if repository["isGated"] and self.headers.get("Authorization") != "Bearer secret":
                status = 403 if self.headers.get("Authorization") else 401
                return self.error(status, "GatedRepo", f"Access to model {identity} is restricted.")
            if name not in repository["files"]:
                return self.error(404, "EntryNotFound", "Entry not found")
            data = repository["files"][name]
            headers = {"X-Repo-Commit": repository["commit"]}
            if name in repository["large"]:
                place = f"http://127.0.0.1:{store.server_port}/blob/{sha256(data)}?Signature=hidden"
                headers |= {"X-Linked-Etag": f'"{sha256(data)}"', "X-Linked-Size": str(len(data)), "Location": place}
                return self.reply(302, headers, b"Found. Redirecting")
            if repository["redirectsSmall"]:
                place = f"/api/resolve-cache/{identity}/{urllib.parse.quote(name)}?etag=x"
                return self.reply(307, headers | {"Location": place}, b"Temporary Redirect")
            self.content(data, git(data), headers)


    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):
            pass  # a client that has gone


    hub, store = (Server(("127.0.0.1", 0), Handler) for _ in range(2))
    for server in (hub, store):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(folder + "/ports.new", "w") as ports:
        ports.write(f"{hub.server_port} {store.server_port}")
    os.rename(folder + "/ports.new", folder + "/ports")
    sys.stdin.read()
    os._exit(0)
    """#
}
