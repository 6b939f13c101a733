import Evaluation

extension EvaluationSummary {
  /// The document.
  public var json: JSONValue {
    let bootstrap = evaluation.bootstrap
    var members: [JSONValue.Member] = [
      .init("schema", .integer(ExplanationRecord.schema)), .init("images", .integer(imageCount)),
      .init("failed", .integer(failedCount)), .init("rows", .array(rows.map(describe))),
      .init("paired", .array(pairs.map(describe))),
    ]
    if !rankings.isEmpty {
      members.append(
        .init(
          "ranking",
          .array(
            rankings.map { rows in
              [
                "method": .text(rows.first?.kind.method), "metric": .string("over-all"),
                "layers": .array(rows.map { .string($0.kind.layer) }),
              ]
            })))
    }
    members += [
      .init(
        "metrics",
        .array(
          evaluation.metrics.map { metric in
            [
              "metric": .string(metric.name), "better": .string(metric.direction.rawValue),
              "settings": metric.settings,
            ]
          })),
      .init(
        "bootstrap",
        [
          "repetitions": .integer(bootstrap.repetitions), "level": .number(bootstrap.level),
          "seed": .literal(String(bootstrap.seed)),
        ]),
    ]
    return .object(members + evaluation.facts)
  }

  private func describe(_ row: Row) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("method", .string(row.kind.method)),
      .init("layer", row.kind.layer.isEmpty ? .null : .string(row.kind.layer)),
      .init("metric", .string(row.metric.name)),
      .init("protocol", .string(evaluation.rules?.name ?? Self.noProtocol)),
      .init("mean", .number(row.values.value)), .init("low", .number(row.values.interval?.low)),
      .init("high", .number(row.values.interval?.high)), .init("n", .integer(row.values.count)),
      .init("failed", .integer(row.values.failed)),
      .init("degenerate", .integer(row.values.degenerate)),
      .init("skipped", .integer(row.values.skipped)),
    ]
    if let published = row.published {
      members.append(
        .init(
          "published",
          [
            "value": .number(published.value), "of": .string(published.of),
            "source": .string(published.source),
          ]))
    }
    return .object(members)
  }

  private func describe(_ pair: Pair) -> JSONValue {
    [
      "metric": .string(pair.metric.name), "a": .string(name(of: pair.first)),
      "b": .string(name(of: pair.second)), "difference": .number(pair.values.difference),
      "low": .number(pair.values.interval?.low), "high": .number(pair.values.interval?.high),
      "n": .integer(pair.values.count),
    ]
  }
}
