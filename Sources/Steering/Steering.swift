// The module Steering.
