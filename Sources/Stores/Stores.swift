// The module Stores.
