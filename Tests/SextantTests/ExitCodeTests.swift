import Alignment
import Checkpoints
import Distribution
import Files
import Geometry
import Lenses
import LinearAlgebra
import Reports
import SextantTool
import Steering
import Stores
import Studies
import Tensors
import Testing
import Tokenizers
import Transformers
import Vocabularies
import Workflow

/// One value of every case of every error, with the code that the process ends with: part of the interface.
struct ExitCodeTests {
  static let identity = ModelIdentity(name: "m", hash: "0")

  static let files: [(any Failure, Int32)] = [
    (FileError.system(path: "p", operation: "o", reason: "r"), 3),
    (FileError.malformed(path: "p", offset: 0, what: "w", expected: "e", actual: "a"), 3),
    (FileError.otherKind(path: "p", expected: "e", actual: "a", remedy: nil), 3),
    (FileError.entry(path: "p", place: "w", expected: "e", actual: "a"), 2),
    (OutputError.failed(path: "p", operation: "o", reason: "r"), 74),
    (OutputError.noFolder(path: "p", folder: "f"), 74),
    (OutputError.locked(path: "p", lock: "l"), 75),
    (TensorError.file(path: "p", operation: "o", reason: "r"), 3),
    (TensorError.layout(tensor: "t", expectedBytes: 1, actualBytes: 2), 3),
    (ReportError.output(.locked(path: "p", lock: "l")), 75),
    (ReportError.output(.noFolder(path: "p", folder: "f")), 74),
    (ReportError.file(.system(path: "p", operation: "o", reason: "r")), 3),
    (ReportError.plotToolMissing(tool: "t", searched: "s"), 70),
    (ReportError.terminalMissing(format: "pdf", terminal: "pdfcairo"), 70),
    (ReportError.plotFailed(figure: "f", status: 1, message: "m"), 70),
    (ReportError.notDrawable(figure: "f", reason: "r"), 5),
    (ReportError.json(file: "f", place: "p", expected: "e", actual: "a"), 3),
  ]

  static let models: [(any Failure, Int32)] = [
    (TokenizerError.emptyVocabulary, 3),
    (TokenizerError.wrongCount(of: "w", expected: 1, actual: 2), 3),
    (TokenizerError.idOutOfRange(of: "w", id: 2, count: 1), 3),
    (TokenizerError.unknownTokenType(index: 0, value: 9), 3),
    (TokenizerError.scoreNotFinite(index: 0), 3),
    (TokenizerError.malformedMerge(index: 0, text: "t"), 3),
    (TokenizerError.mergeWithoutToken(index: 0, form: "f"), 3),
    (TokenizerError.unknownPreTokenizer(name: "n", known: []), 3),
    (TokenizerError.unknownChatTemplate(start: "s"), 3),
    (TokenizerError.emptyConversation, 3),
    (TokenizerError.roleNotAllowed(index: 0, role: "r", reason: "r"), 3),
    (CheckpointError.file(.malformed(path: "p", offset: 0, what: "w", expected: "e", actual: "a")), 3),
    (CheckpointError.file(.otherKind(path: "p", expected: "e", actual: "a", remedy: nil)), 3),
    (CheckpointError.file(.entry(path: "p", place: "w", expected: "e", actual: "a")), 2),
    (CheckpointError.tensor(.layout(tensor: "t", expectedBytes: 1, actualBytes: 2)), 3),
    (CheckpointError.tokenizer(path: "p", .emptyVocabulary), 3),
    (CheckpointError.unsupported(path: "p", what: "w", actual: "a", supported: "s"), 3),
    (CheckpointError.missing(path: "p", what: "w", hint: "h"), 3),
    (CheckpointError.unknownModel(name: "n", known: []), 2),
    (CheckpointError.notFetched(id: "i", path: "p"), 2),
    (CheckpointError.licenceNotAccepted(id: "i", licence: "l", terms: "t"), 2),
    (CheckpointError.fetch(id: "i", source: "s", reason: "r"), 3),
    (CheckpointError.mismatch(path: "p", what: "w", expected: "e", actual: "a"), 3),
    (HubError.reference(text: "t", expected: "e"), 2),
    (HubError.setting(variable: "v", expected: "e"), 2),
    (HubError.offline(reference: "r", cache: "c"), 2),
    (HubError.isOffline(reference: "r"), 2),
    (HubError.noRepository(repository: "r", host: "h", isSigned: true), 2),
    (HubError.noRevision(repository: "r", revision: "v"), 2),
    (HubError.noFile(reference: "r", name: "n", files: []), 2),
    (HubError.severalFiles(reference: "r", files: ["f"]), 2),
    (HubError.noAccess(reference: "r", status: 401, page: "p", isSigned: false), 2),
    (HubError.noToken(host: "h"), 2),
    (HubError.noWeights(reference: "r", found: "f", hint: "h"), 3),
    (HubError.answer(reference: "r", what: "w", expected: "e", actual: "a"), 3),
    (HubError.content(reference: "r", file: "f", what: "w", expected: "e", actual: "a"), 3),
    (HubError.unreachable(reference: "r", host: "h", reason: "r"), 3),
    (HubError.noRoom(folder: "f", needed: 2, free: 1), 74),
    (HubError.noTool("t"), 70),
    (HubError.checkpoint(.licenceNotAccepted(id: "i", licence: "l", terms: "t")), 2),
    (HubError.output(.locked(path: "p", lock: "l")), 75),
    (TransformerError.checkpoint(.missing(path: "p", what: "w", hint: "h")), 3),
    (TransformerError.checkpoint(.notFetched(id: "i", path: "p")), 2),
    (TransformerError.tokenizer(.emptyVocabulary), 3),
    (TransformerError.unsupported(what: "w", actual: "a", supported: "s"), 3),
    (TransformerError.shape(tensor: "t", expected: "e", actual: "a"), 3),
    (TransformerError.weight(tensor: "t", place: "p", value: .nan), 3),
    (TransformerError.notFinite(what: "w", reason: "r"), 5),
    (TransformerError.contextLength(sequence: 0, length: 2, limit: 1), 4),
    (TransformerError.token(sequence: 0, position: 0, id: 2, vocabularySize: 1), 4),
    (TransformerError.emptySequence(sequence: 0), 2),
    (TransformerError.count(what: "w", expected: 1, actual: 2), 4),
    (TransformerError.edit(place: "p", reason: "r"), 4),
    (TransformerError.position(SequencePosition(sequence: 0, position: 1), length: 1), 4),
    (TransformerError.option(name: "n", expected: "e", actual: "a"), 2),
    (LensError.layer(9, lens: "l", model: "m", known: [0, 1]), 2),
    (LensError.position(9, length: 1), 2),
    (LensError.shortPrompt(corpus: "c", prompt: 0, tokens: 1, needed: 2, what: "w"), 2),
    (LensError.fewPrompts(corpus: "c", count: 1, needed: 2), 2),
    (LensError.width(1, expected: 2, model: "m"), 4),
    (LensError.notFitted(kind: "k", model: "m", path: "p"), 3),
    (LensError.file("p", what: "w", expected: "e", actual: "a"), 3),
    (LensError.nothingToScore(set: "s", model: "m"), 5),
    (SteeringError.file(path: "p", operation: "o", reason: "r"), 3),
    (SteeringError.output(.locked(path: "p", lock: "l")), 75),
    (SteeringError.contrastSet(file: "f", place: "p", expected: "e", actual: "a", remedy: "r"), 3),
    (SteeringError.unknownContrastSet(name: "n", known: []), 2),
    (SteeringError.tooFewPairs(name: "n", count: 1), 5),
    (SteeringError.missingActivation(ActivationPoint(block: 0, site: .residualPost)), 70),
    (SteeringError.noNeutralText, 5),
    (SteeringError.widthMismatch(map: "m", needed: "n"), 4),
    (SteeringError.otherModel(what: "w", made: identity, given: identity, remedy: "r"), 4),
    (SteeringError.zeroVector("v"), 5),
    (SteeringError.notFinite("v"), 3),
    (SteeringError.layerMismatch(map: "m", vector: "v"), 4),
    (SteeringError.vectorFile(path: "p", place: "w", expected: "e", actual: "a"), 3),
    (SteeringError.convention(path: "p"), 2),
    (SteeringError.option(name: "n", expected: "e", actual: "a"), 2),
  ]

  static let spaces: [(any Failure, Int32)] = [
    (StoreError.file(.system(path: "p", operation: "o", reason: "r")), 3),
    (StoreError.hdf5(path: "p", element: "e", operation: "o", reason: "r"), 3),
    (StoreError.encoding(path: "p", element: "e", expected: "e", actual: "a", writer: "w"), 4),
    (StoreError.malformed(path: "p", element: "e", what: "w", expected: "e", actual: "a"), 3),
    (StoreError.refused(path: "p", element: "e", what: "w"), 3),
    (StoreError.corrupt(path: "p", element: "e", expectedSHA256: "0", actualSHA256: "1"), 3),
    (StoreError.unsealed(path: "p"), 3),
    (StoreError.inUse(path: "p"), 75),
    (StoreError.output(.failed(path: "p", operation: "o", reason: "r")), 74),
    (StoreError.output(.locked(path: "p", lock: "l")), 75),
    (StoreError.exists(path: "p"), 2),
    (StoreError.misfit(path: "p", what: "w", expected: "e", actual: "a", hint: "h"), 4),
    (StoreError.checkpoint(.missing(path: "p", what: "w", hint: "h")), 3),
    (StoreError.checkpoint(.unknownModel(name: "n", known: [])), 2),
    (LinearAlgebraError.notConverged(routine: "r", info: 1), 5),
    (LinearAlgebraError.notPositiveDefinite(routine: "r", minor: 1), 5),
    (GeometryError.notFinite(matrix: "m", row: 0), 3),
    (GeometryError.tooFewTokens(measure: "m", needed: 2, actual: 1), 5),
    (GeometryError.decomposition(measure: "m", reason: "r"), 5),
    (VocabularyError.file(path: "p", reason: "r"), 3),
    (VocabularyError.malformedLine(path: "p", line: 1, expected: "e", actual: "a"), 3),
    (GeometryError.distance(first: "a", second: "b", reason: "r"), 5),
    (GeometryError.option(name: "n", expected: "e", actual: "a"), 2),
    (AlignmentError.notFinite(side: "source", row: 0), 3),
    (AlignmentError.tooFewTokens(purpose: "p", needed: 2, actual: 1), 5),
    (AlignmentError.noVariance(side: "source"), 5),
    (AlignmentError.option(name: "n", expected: "e", actual: "a"), 2),
    (AlignmentError.linearAlgebra(.notConverged(routine: "r", info: 1)), 5),
    (DistributionError.transport(rank: 0, operation: "o", reason: "r"), 6),
    (DistributionError.lost(job: "j", waiting: [], seconds: nil, kept: "k"), 6),
    (DistributionError.unavailable, 2),
    (StudyError.study(path: "p", place: "w", expected: "e", actual: "a"), 2),
    (WorkflowError.option(of: "s", name: "n", expected: "e", actual: "a"), 2),
    (WorkflowError.tooFewTokens(pair: "a--b", count: 1, needed: 2), 5),
    (StudyError.sameModel(first: "a", second: "b", hash: "0"), 4),
  ]

  @Test func everyErrorEndsWithItsCode() {
    for (error, code) in Self.files + Self.models + Self.spaces {
      #expect(ExitStatus(of: error)?.rawValue == code, "\(type(of: error)): \(error)")
    }
  }

  @Test func everyKindOfFailureOccurs() {
    let kinds = Set((Self.files + Self.models + Self.spaces).map(\.0.kind))
    #expect(kinds.count == FailureKind.allCases.count)
  }

  @Test func anErrorOfNobodyHasNoCode() {
    #expect(ExitStatus(of: CancellationError()) == nil)
  }
}
