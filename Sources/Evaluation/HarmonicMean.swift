/// The harmonic mean of three numbers in [0, 1]; 0 where one of them is 0, which is its limit.
func harmonicMean(_ a: Double, _ b: Double, _ c: Double) -> Double {
  guard a > 0, b > 0, c > 0 else { return 0 }
  return 3 / (1 / a + 1 / b + 1 / c)
}
