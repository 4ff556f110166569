// oracle: T testing/testing_test.flux
import "testing"

testing.shouldError(fn: () => die(msg: "something else"), want: /error message$/)
