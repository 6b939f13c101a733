import Saliency

/// Numbers as people read them.
public enum Quantity {
  /// `50,000`.
  public static func grouped(_ value: Int) -> String {
    var text = ""
    let digits = String(value.magnitude)
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return value < 0 ? "-\(text)" : text
  }

  /// `1 file`, `2 files`, `1.7 M forwards`.
  public static func count(_ value: Int, _ noun: String, _ plural: String? = nil) -> String {
    value == 1 ? "1 \(noun)" : "\(short(value)) \(plural ?? noun + "s")"
  }

  /// `1 forward, 64 tails, 1 backward`: of each kind that there is; else `0 forwards`.
  public static func count(_ passes: Passes) -> String {
    let kinds = [
      (passes.forwards, "forward"), (passes.tails, "tail"), (passes.backwards, "backward"),
    ]
    let parts = kinds.filter { $0.0 > 0 }.map { count($0.0, $0.1) }
    return parts.isEmpty ? count(0, "forward") : parts.joined(separator: ", ")
  }

  /// Exact up to a million, `1.7 M` above.
  public static func short(_ value: Int) -> String {
    switch value {
    case 1_000_000_000...: "\(fixed(Double(value) / 1e9, 1)) G"
    case 1_000_000...: "\(fixed(Double(value) / 1e6, 1)) M"
    default: grouped(value)
    }
  }

  /// `85,172`, `25.6 M`: exact below a hundred thousand.
  public static func millions(_ value: Int) -> String {
    value < 100_000 ? grouped(value) : "\(fixed(Double(value) / 1e6, 1)) M"
  }

  /// `9.8 GB`, in powers of a thousand.
  public static func bytes(_ value: Int) -> String {
    scaled(value, by: 1000, ["B", "kB", "MB", "GB", "TB", "PB"])
  }

  /// `6.1 GiB`, in powers of 1024.
  public static func binaryBytes(_ value: Int) -> String {
    scaled(value, by: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
  }

  /// `0.4 s`, `12 s`, `41 min`, `3 h 20 min`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "very long" }
    switch seconds {
    case ..<10: return "\(fixed(max(0, seconds), 1)) s"
    case ..<120: return "\(Int(seconds.rounded())) s"
    case ..<7200: return "\(Int((seconds / 60).rounded())) min"
    default:
      let minutes = Int((seconds / 60).rounded())
      return "\(grouped(minutes / 60)) h \(minutes % 60) min"
    }
  }

  /// A number with so many digits behind the point.
  public static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
    let size = (abs(value) * scale).rounded()
    // Beyond, these digits would not be the number's, and a little further they are no integer.
    guard size < 0x1p53 else { return value.description }
    let (scaled, unit) = (Int(size), Int(scale))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % unit)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(scaled / unit).\(zeros)\(fraction)"
  }

  private static func scaled(_ value: Int, by factor: Double, _ units: [String]) -> String {
    var number = Double(value)
    var unit = 0
    while number >= factor - 0.05, unit + 1 < units.count {
      number /= factor
      unit += 1
    }
    let text = unit == 0 || number >= 99.95 ? fixed(number, 0) : fixed(number, 1)
    return "\(text) \(units[unit])"
  }

  /// The bytes of `4096`, `512M`, `6GiB`, `1.5G`; units are powers of 1024, any case; nil for other text.
  public static func parseBytes(_ text: String) -> Int? {
    let lower = text.lowercased()
    let digits = lower.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = lower.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Double(digits), number >= 0 else { return nil }
    let powers: [String: Int] = [
      "": 0, "b": 0, "k": 1, "kb": 1, "kib": 1, "m": 2, "mb": 2, "mib": 2, "g": 3, "gb": 3,
      "gib": 3, "t": 4, "tb": 4, "tib": 4,
    ]
    guard let power = powers[String(unit)] else { return nil }
    let bytes = (0..<power).reduce(number) { bytes, _ in bytes * 1024 }
    return bytes < 9e18 ? Int(bytes) : nil
  }
}
