// oracle: T experimental/dynamic/dynamic_test.flux
import "array"
import "experimental/dynamic"

array.from(rows: [{v: string(v: dynamic.dynamic(v: 123).f0)}])
