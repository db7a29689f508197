// The library as one import. Each module can be imported by itself.
@_exported public import Alignment
@_exported public import Checkpoints
@_exported public import Geometry
@_exported public import Gradients
@_exported public import Lenses
@_exported public import Points
@_exported public import Statistics
@_exported public import Steering
@_exported public import Stores
@_exported public import Studies
@_exported public import StudyReports
@_exported public import Tensors
@_exported public import Tokenizers
@_exported public import Training
@_exported public import Transformers
@_exported public import Vocabularies
@_exported public import Workflow
