// Starts and stops of named spans of time, seen from now.
package boundaries

import "date"

yesterday = () => ({start: date.sub(d: 1d, from: today()), stop: today()})

month = (month_offset=0) => {
    first = date.truncate(t: now(), unit: 1mo)
    start = date.add(d: date.scale(d: 1mo, n: month_offset), to: first)

    return {start: start, stop: date.add(d: 1mo, to: start)}
}

// Days since the week began: on Monday, or on Sunday.
_intoWeek = (from_sunday) =>
    if from_sunday then date.weekDay(t: today()) else (date.weekDay(t: today()) + 6) % 7

week = (start_sunday=false, week_offset=0) => {
    first = date.sub(d: date.scale(d: 1d, n: _intoWeek(from_sunday: start_sunday)), from: today())
    start = date.add(d: date.scale(d: 1w, n: week_offset), to: first)

    return {start: start, stop: date.add(d: 1w, to: start)}
}

// The last day of that number before today.
_lastDay = (day) => {
    back = (date.weekDay(t: today()) - day + 6) % 7 + 1
    start = date.sub(d: date.scale(d: 1d, n: back), from: today())

    return {start: start, stop: date.add(d: 1d, to: start)}
}

sunday = () => _lastDay(day: 0)
monday = () => _lastDay(day: 1)
tuesday = () => _lastDay(day: 2)
wednesday = () => _lastDay(day: 3)
thursday = () => _lastDay(day: 4)
friday = () => _lastDay(day: 5)
saturday = () => _lastDay(day: 6)
