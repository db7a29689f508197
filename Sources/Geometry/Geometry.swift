// The module Geometry.
