// oracle: T testing/testing_test.flux
import "testing"

testing.shouldError(fn: () => "abc", want: /error message$/)
