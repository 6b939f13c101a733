#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// e to the power of x.
package func exponential(_ x: Double) -> Double { exp(x) }

/// The natural logarithm of x: −infinity at 0, NaN below.
package func naturalLogarithm(_ x: Double) -> Double { log(x) }

/// The logistic function 1 / (1 + e^−x).
func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The cosine of an angle in turns: 1 at 0 and 1.
package func cosine(turns: Double) -> Double { cos(2 * .pi * turns) }

/// The sine of an angle in turns: 0 at 0 and 1.
func sine(turns: Double) -> Double { sin(2 * .pi * turns) }

/// √(x² + y²), without overflow on the way.
package func hypotenuse(_ x: Double, _ y: Double) -> Double { hypot(x, y) }

/// The angle of the point (x, y) in radians, −π...π.
package func angle(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
