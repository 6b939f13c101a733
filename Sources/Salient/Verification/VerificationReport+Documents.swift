import Jobs

extension VerificationReport {
  /// The report as a document for programs.
  public var json: JSONValue {
    [
      "schema": .integer(1), "device": .string(device), "driver": .string(driver),
      "kernels": ["fnv1a64": .string(kernelHash)], "subject": .string(subject),
      "passed": .bool(passed), "cases": .integer(caseCount),
      "decades": .array(VerificationRow.decades.map { .number($0) }),
      "rows": .array(rows.map(\.json)),
    ]
  }

  /// The report as one page for people, without scripts or anything from elsewhere.
  public var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>Salient: verification of \(HTML.text(device))</title>
    <style>
    :root { color-scheme: light dark }
    body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem }
    table { border-collapse: collapse; width: 100% }
    th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }
    td.number { font-variant-numeric: tabular-nums; white-space: nowrap }
    .FAIL { color: #c22; font-weight: 600 } .pass { color: #282 }
    details { margin: .2rem 0 } summary { cursor: pointer }
    code { font-size: 13px } svg { display: block } rect { fill: #68a }
    </style></head><body>
    <h1>\(passed ? "Every check holds" : "Some checks do not hold")</h1>
    <p>\(HTML.text(totals)). Level or model: \(HTML.text(subject)).</p>
    <p>Errors are relative to the largest expected magnitude of an output. The bars count elements by
    the decade of their error: below 1e-9 on the left, above 0.1 on the right.</p>
    <table><thead><tr><th>operator or step</th><th>variant</th><th>cases</th><th>worst error</th>
    <th>limit</th><th>verdict</th><th>errors</th><th>worst inputs</th></tr></thead><tbody>
    \(rows.map(HTML.row).joined(separator: "\n"))
    </tbody></table></body></html>

    """
  }
}

extension VerificationRow {
  /// The row as a document.
  public var json: JSONValue {
    [
      "operator": .string(operatorName), "variant": .string(variant),
      "cases": .integer(cases.count), "worstError": .number(worst?.error),
      "limit": .number(worst?.limit), "worstCase": .text(worst?.title),
      "verdict": .string(passed ? "pass" : "fail"),
      "faults": .array(cases.flatMap(\.faults).map(JSONValue.string)),
      "histogram": .array(histogram.map(JSONValue.integer)),
      "worstInputs": .array(
        cases.prefix(3).map { item in
          [
            "case": .string(item.title), "error": .number(item.error),
            "limit": .number(item.limit),
            "elements": .array(item.worstElements.map(Self.describe)),
          ]
        }),
    ]
  }

  private static func describe(_ element: Element) -> JSONValue {
    [
      "position": .array(element.position.map(JSONValue.integer)),
      "found": .number(element.found), "expected": .number(element.expected),
    ]
  }
}

/// Pieces of the page.
private enum HTML {
  static func row(_ row: VerificationRow) -> String {
    let verdict = row.passed ? "pass" : "FAIL"
    let (error, limit) = (row.worst?.error ?? 0, row.worst?.limit ?? 0)
    return "<tr><td>\(text(row.operatorName))</td><td><code>\(text(row.variant))</code></td>"
      + "<td class=number>\(row.cases.count)</td><td class=number>\(number(error))</td>"
      + "<td class=number>\(number(limit))</td><td class=\(verdict)>\(verdict)</td>"
      + "<td>\(bars(row.histogram))</td><td>\(inputs(row))</td></tr>"
  }

  /// The worst cases with their worst elements.
  private static func inputs(_ row: VerificationRow) -> String {
    row.cases.prefix(3).map { item in
      let faults = item.faults.map { " <span class=FAIL>\(text($0))</span>" }.joined()
      let elements = item.worstElements.map { element in
        "<code>[\(element.position.map(String.init).joined(separator: ", "))]</code> "
          + "\(element.found) for \(element.expected)<br>"
      }.joined()
      return "<details><summary>\(text(item.title)): \(number(item.error))\(faults)</summary>"
        + "\(elements.isEmpty ? "no element differs" : elements)</details>"
    }.joined()
  }

  private static func bars(_ histogram: [Int]) -> String {
    let most = Double(max(1, histogram.max() ?? 1))
    let bars = histogram.enumerated().map { place, count in
      // Square roots, so that a few bad elements among millions can still be seen.
      let height = count == 0 ? 0 : max(2, Int((Double(count) / most).squareRoot() * 28))
      return "<rect x=\(place * 11) y=\(30 - height) width=9 height=\(height)>"
        + "<title>\(Quantity.grouped(count))</title></rect>"
    }.joined()
    return "<svg width=110 height=30 role=img>\(bars)</svg>"
  }

  private static func number(_ value: Double) -> String {
    value.isFinite ? "\(Float(value))" : "infinite"
  }

  static func text(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}
