// The array package under its older name.
package array

import "array"

from = array.from
map = array.map
filter = array.filter
concat = array.concat
toBool = array.toBool
toDuration = array.toDuration
toFloat = array.toFloat
toInt = array.toInt
toString = array.toString
toTime = array.toTime
toUInt = array.toUInt
