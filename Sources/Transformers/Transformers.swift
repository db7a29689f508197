// The module Transformers.
