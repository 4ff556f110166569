// oracle: the source of Flux 0.200.0, stdlib/pagerduty/pagerduty.flux and pagerduty.go: SHA-256 of name, value and line ends
import "array"
import "pagerduty"

array.from(rows: [{host: "a", _level: "crit", _value: 1}])
    |> group(columns: ["host", "_level"])
    |> pagerduty.dedupKey()
    |> map(fn: (r) => ({r with severity: pagerduty.severityFromLevel(level: r._level), action: pagerduty.actionFromLevel(level: "OK")}))
