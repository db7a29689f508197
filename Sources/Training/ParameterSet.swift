public import Tensors

/// A matrix that is trained, in f32, under the name that files know it by.
public struct Parameter: Sendable, Equatable {
  public let name: String
  public var values: Matrix<Float>
  /// Whether weight decay pulls it to zero: matrices as a rule, gains, biases and embeddings not.
  public let isDecayed: Bool

  public init(_ name: String, _ values: Matrix<Float>, isDecayed: Bool = true) {
    (self.name, self.values, self.isDecayed) = (name, values, isDecayed)
  }
}

/// Parameters in a fixed order; gradients and moments are sets of the same names and shapes.
public struct ParameterSet: Sendable, Equatable {
  public private(set) var parameters: [Parameter]
  private let places: [String: Int]

  /// - Precondition: no two parameters of one name.
  public init(_ parameters: [Parameter]) {
    self.parameters = parameters
    places = Dictionary(parameters.enumerated().map { ($1.name, $0) }) { _, _ in
      preconditionFailure("two parameters of one name among \(parameters.map(\.name))")
    }
  }

  /// Values by name.
  /// - Precondition: there is a parameter of this name; its shape stays.
  public subscript(_ name: String) -> Matrix<Float> {
    get { parameters[place(name)].values }
    _modify { yield &parameters[place(name)].values }
  }

  private func place(_ name: String) -> Int {
    guard let place = places[name] else {
      preconditionFailure("no parameter \(name) among \(parameters.map(\.name))")
    }
    return place
  }

  /// Zeros of the same names and shapes.
  public var zeros: ParameterSet {
    ParameterSet(
      parameters.map {
        Parameter(
          $0.name, Matrix(rows: $0.values.rows, columns: $0.values.columns, repeating: 0),
          isDecayed: $0.isDecayed)
      })
  }

  /// `√Σ x²` over all numbers, summed in Double.
  public var norm: Double {
    parameters.reduce(0) { sum, parameter in sum + squaredNorm(parameter.values) }.squareRoot()
  }

  /// Adds numbers of the same names and shapes.
  public mutating func add(_ other: ParameterSet) {
    requireSameShapes(other)
    for index in parameters.indices { addElements(of: other.parameters[index].values, at: index) }
  }

  /// Multiplies every number.
  public mutating func scale(by factor: Float) {
    for index in parameters.indices {
      var elements = parameters[index].values.elements.mutableSpan
      for i in elements.indices { elements[i] *= factor }
    }
  }

  private mutating func addElements(of matrix: Matrix<Float>, at index: Int) {
    let source = matrix.elements.span
    var elements = parameters[index].values.elements.mutableSpan
    for i in source.indices { elements[i] += source[i] }
  }

  /// Names and shapes, in order: `name [rows x columns]`.
  public var shapes: [String] {
    parameters.map { "\($0.name) [\($0.values.rows) x \($0.values.columns)]" }
  }

  func requireSameShapes(_ other: ParameterSet) {
    precondition(shapes == other.shapes, "parameters \(shapes) with \(other.shapes)")
  }

  /// Lets `body` change the numbers of the parameter at a place.
  mutating func update(_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) {
    var elements = parameters[index].values.elements.mutableSpan
    body(&elements)
  }
}

private func squaredNorm(_ matrix: Matrix<Float>) -> Double {
  let elements = matrix.elements.span
  var sum = 0.0
  for i in elements.indices { sum += Double(elements[i]) * Double(elements[i]) }
  return sum
}
