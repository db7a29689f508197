// The module Tokenizers.
