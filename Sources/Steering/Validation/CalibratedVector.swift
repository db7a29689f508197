internal import Checkpoints
public import Transformers

extension SteeringVector {
  /// The same direction with the norm at which it moves `model` by the options' divergence, over neutral text.
  ///
  /// Cost: one pass over the texts below the vector's block and about 20 above it.
  /// - Returns: the scaled vector and what the search found; `converged` says whether the divergence was reached.
  /// - Throws: `SteeringError.noNeutralText`, `.widthMismatch`; what the model throws.
  public func calibrated(
    in model: Model, neutralTexts: [String], options: CalibrationOptions = CalibrationOptions()
  ) throws -> (vector: SteeringVector, calibration: Calibration) {
    guard direction.count == model.configuration.width else {
      throw SteeringError.widthMismatch(map: "\(direction.count)", needed: "\(model.configuration.width)")
    }
    return try calibrated(
      in: model, neutralTexts: neutralTexts,
      scale: residualScale(of: model, at: point, texts: neutralTexts), options: options)
  }

  /// The same where the residual stream has been measured.
  func calibrated(
    in model: Model, neutralTexts: [String], scale: ResidualScale, options: CalibrationOptions
  ) throws -> (vector: SteeringVector, calibration: Calibration) {
    let meter = try DivergenceMeter(model: model, texts: neutralTexts, at: point)
    let found = try calibrate(self, scale: scale, meter: meter, options: options)
    var scaled = scaled(toNorm: found.norm)
    scaled.provenance.calibration = found
    return (scaled, found)
  }
}
