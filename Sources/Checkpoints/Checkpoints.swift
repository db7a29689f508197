// The module Checkpoints.
