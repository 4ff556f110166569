// oracle: T experimental/record/record_test.flux
import "array"
import "experimental/record"

array.from(rows: [
    {v: record.get(r: {x: 1}, key: "x", default: 0)},
    {v: record.get(r: {x: 1}, key: "y", default: 0)},
])
