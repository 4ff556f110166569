// Points on the Earth: rows in regions, tracks, distances. Radii and distances are counted in `units`.
package geo

import "experimental"
import "influxdata/influxdb/v1"

// The unit of radii and distances: m, km or mile.
option units = {distance: "km"}

ST_Contains = (region, geometry, units=units) => stContains(region: region, geometry: geometry, units: units)

ST_Distance = (region, geometry, units=units) => stDistance(region: region, geometry: geometry, units: units)

ST_DWithin = (region, geometry, distance, units=units) =>
    ST_Distance(region: region, geometry: geometry, units: units) <= distance

ST_Intersects = (region, geometry, units=units) =>
    ST_DWithin(region: region, geometry: geometry, distance: 0.0, units: units)

ST_Length = (geometry, units=units) => stLength(geometry: geometry, units: units)

// One line string a table, in the order of its rows.
ST_LineString = (tables=<-) =>
    tables
        |> reduce(
            identity: {st_linestring: "", __between: ""},
            fn: (r, accumulator) =>
                ({
                    st_linestring:
                        accumulator.st_linestring + accumulator.__between + string(v: r.lon) + " " + string(v: r.lat),
                    __between: ", ",
                }),
        )
        |> drop(columns: ["__between"])

toRows = v1.fieldsAsCols

// The level of the cells in the first table that has them in its group key.
_levelOf = (given, tables=<-) =>
    if given != -1 then
        given
    else
        getLevel(token: (tables |> limit(n: 1) |> tableFind(fn: (key) => exists key.s2_cell_id) |> getRecord(idx: 0)).s2_cell_id)

_cellOf = (r, level) => s2CellIDToken(point: {lat: r.lat, lon: r.lon}, level: level)

shapeData = (latField, lonField, level, tables=<-) =>
    tables
        |> map(
            fn: (r) => {
                name = if r._field == latField then "lat" else if r._field == lonField then "lon" else r._field

                return {r with _field: name}
            },
        )
        |> toRows()
        |> map(fn: (r) => ({r with s2_cell_id: _cellOf(r: r, level: level)}))
        |> experimental.group(columns: ["s2_cell_id"], mode: "extend")

// Rows whose cell belongs to the region's grid: all in the region, and some around it.
gridFilter = (
    region,
    minSize=24,
    maxSize=-1,
    level=-1,
    s2cellIDLevel=-1,
    units=units,
    tables=<-,
) => {
    own = tables |> _levelOf(given: s2cellIDLevel)
    grid = getGrid(region: region, minSize: minSize, maxSize: maxSize, level: level, maxLevel: own, units: units)
    cell = (r) => if grid.level == own then r.s2_cell_id else s2CellIDToken(token: r.s2_cell_id, level: grid.level)

    return tables |> filter(fn: (r) => contains(value: cell(r: r), set: grid.set))
}

// Rows whose point lies in the region.
strictFilter = (region, tables=<-) =>
    tables |> filter(fn: (r) => ST_Contains(region: region, geometry: {lat: r.lat, lon: r.lon}))

filterRows = (
    region,
    minSize=24,
    maxSize=-1,
    level=-1,
    s2cellIDLevel=-1,
    strict=true,
    tables=<-,
) => {
    names = experimental.objectKeys(o: tables |> limit(n: 1) |> findRecord(fn: (key) => true, idx: 0))
    near =
        tables
            |> gridFilter(
                region: region,
                minSize: minSize,
                maxSize: maxSize,
                level: level,
                s2cellIDLevel: s2cellIDLevel,
            )
    rows = if contains(value: "lat", set: names) then near else near |> toRows()

    return if strict then rows |> strictFilter(region: region) else rows
}

groupByArea = (newColumn, level, s2cellIDLevel=-1, tables=<-) => {
    own = tables |> _levelOf(given: s2cellIDLevel)
    areas =
        if level == own then
            tables |> duplicate(column: "s2_cell_id", as: newColumn)
        else
            tables
                |> map(fn: (r) => ({r with __area: _cellOf(r: r, level: level)}))
                |> rename(columns: {__area: newColumn})

    return areas |> group(columns: [newColumn])
}

asTracks = (groupBy=["id", "tid"], orderBy=["_time"], tables=<-) =>
    tables |> group(columns: groupBy) |> sort(columns: orderBy)

// The length of each table's way from point to point.
totalDistance = (outputColumn="_value", tables=<-) =>
    tables
        |> reduce(
            identity: {lat: 0.0, lon: 0.0, __seen: false, __way: 0.0},
            fn: (r, accumulator) => {
                here = {lat: r.lat, lon: r.lon}
                before = if accumulator.__seen then {lat: accumulator.lat, lon: accumulator.lon} else here

                return {
                    lat: r.lat,
                    lon: r.lon,
                    __seen: true,
                    __way: accumulator.__way + ST_Distance(region: before, geometry: here),
                }
            },
        )
        |> drop(columns: ["lat", "lon", "__seen"])
        |> rename(columns: {__way: outputColumn})
