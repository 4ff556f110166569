// oracle: the source of Flux 0.200.0, stdlib/universe/union.go: chunks as they come, here in the order of the list
import "array"

a = array.from(rows: [{_value: 1}, {_value: 2}])
b = array.from(rows: [{_value: 3}, {_value: 4}])

union(tables: [b, a])
