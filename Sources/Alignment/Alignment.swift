// The module Alignment.
