// When the running task last succeeded. Outside of a task it never did, unless the option says so.
package tasks

import "date"

_never = time(v: -9223372036854775807)

option lastSuccessTime = _never

lastSuccess = (orTime) => if lastSuccessTime == _never then date.time(t: orTime) else lastSuccessTime
