// oracle: T experimental/iox/iox_test.flux
import "array"
import "experimental/iox"

array.from(rows: [{v: iox.sqlInterval(d: 12d34h5m)}, {v: iox.sqlInterval(d: 1y3mo)}, {v: iox.sqlInterval(d: 5us)}])
