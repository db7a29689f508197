/// The version of the tool that files and reports carry; that of the newest section in CHANGELOG.md.
public let toolVersion = "0.2.0"
