// oracle: T experimental/experimental_test.flux unpivot_field_in_other_columns
import "array"
import "experimental"

array.from(rows: [{m: "a", f0: 1.0, f1: 2.0, _time: 2025-01-01T00:00:00Z}, {m: "a", f0: 3.0, f1: 4.0, _time: 2025-01-01T00:00:10Z}])
    |> group(columns: ["m"])
    |> experimental.unpivot(otherColumns: ["_time", "_field"])
