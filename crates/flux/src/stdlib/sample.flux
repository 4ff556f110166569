// Sample sets without a network: each is a small twin of the public set of its name, made up from a seed.
package sample

import "array"
import "csv"

_twin = (name, type, description) =>
    ({
        name: name,
        description: "Synthetic twin, made up by Tidegauge: ${description}",
        url: "",
        size: "~30 KB",
        type: type,
    })

_sets = [
    _twin(name: "airSensor", type: "live", description: "temperature, humidity and carbon monoxide of eight rooms, the last hour."),
    _twin(name: "birdMigration", type: "static", description: "positions of five birds between the Nile and the Baltic, 2019."),
    _twin(name: "bitcoin", type: "live", description: "a price in three currencies, the last 30 days."),
    _twin(name: "machineProduction", type: "static", description: "four grinding stations, some minutes of 2021-08-01."),
    _twin(name: "noaa", type: "live", description: "the latest observations of twelve buoys."),
    _twin(name: "noaaWater", type: "static", description: "water at two stations, two days from 2019-08-17."),
    _twin(name: "usgs", type: "live", description: "forty earthquakes of the last week."),
]

list = () => array.from(rows: _sets)

data = (set) => csv.from(csv: _text(set: set))

// Moves all rows so that the last one is of now.
alignToNow = (tables=<-) => {
    times = tables |> keep(columns: ["_time"]) |> group() |> sort(columns: ["_time"]) |> last(column: "_time")
    newest = (times |> findRecord(fn: (key) => true, idx: 0))._time

    return tables |> timeShift(duration: duration(v: int(v: now()) - int(v: newest)))
}
