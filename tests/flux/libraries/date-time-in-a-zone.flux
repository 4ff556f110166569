// oracle: T date/date_test.flux time_location, duration_location
import "array"
import "date"
import "timezone"

option location = timezone.location(name: "Asia/Kolkata")
option now = () => 2021-03-01T00:00:00Z

array.from(rows: [{_time: date.time(t: 2021-03-01T00:00:00Z)}, {_time: date.time(t: 1h)}])
