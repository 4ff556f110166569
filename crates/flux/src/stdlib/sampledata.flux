// Two short tables of every type of value, with gaps or without: what examples of the Flux documentation work on.
package sampledata

import "csv"

start = 2021-01-01T00:00:00Z
stop = 2021-01-01T00:01:00Z

// Five of the twelve values are those that a set with gaps lacks.
_tables = (type, t1, t2, includeNull) => {
    gap = (value) => if includeNull then "" else value
    row = (table, second, value) => ",,${table},2021-01-01T00:00:${second}Z,t${if table == "0" then "1" else "2"},${value}\n"

    return
        csv.from(
            csv:
                "#datatype,string,long,dateTime:RFC3339,string,${type}\n#group,false,false,false,true,false\n#default,_result,,,,\n"
                    + ",result,table,_time,tag,_value\n"
                    + row(table: "0", second: "00", value: t1[0])
                    + row(table: "0", second: "10", value: gap(value: t1[1]))
                    + row(table: "0", second: "20", value: t1[2])
                    + row(table: "0", second: "30", value: gap(value: t1[3]))
                    + row(table: "0", second: "40", value: gap(value: t1[4]))
                    + row(table: "0", second: "50", value: t1[5])
                    + row(table: "1", second: "00", value: gap(value: t2[0]))
                    + row(table: "1", second: "10", value: t2[1])
                    + row(table: "1", second: "20", value: t2[2])
                    + row(table: "1", second: "30", value: t2[3])
                    + row(table: "1", second: "40", value: gap(value: t2[4]))
                    + row(table: "1", second: "50", value: t2[5]),
        )
}

float = (includeNull=false) =>
    _tables(
        type: "double",
        t1: ["-2.18", "10.92", "7.35", "17.53", "15.23", "4.43"],
        t2: ["19.85", "4.97", "-3.75", "19.77", "13.86", "1.86"],
        includeNull: includeNull,
    )

int = (includeNull=false) => float(includeNull: includeNull) |> toInt()

uint = (includeNull=false) => float(includeNull: includeNull) |> toUInt()

string = (includeNull=false) =>
    _tables(
        type: "string",
        t1: ["smpl_g9qczs", "smpl_0mgv9n", "smpl_phw664", "smpl_guvzy4", "smpl_5v3cce", "smpl_s9fmgy"],
        t2: ["smpl_b5eida", "smpl_eu4oxp", "smpl_5g7tz4", "smpl_sox1ut", "smpl_wfm757", "smpl_dtn2bv"],
        includeNull: includeNull,
    )

bool = (includeNull=false) =>
    _tables(
        type: "boolean",
        t1: ["true", "true", "false", "true", "false", "false"],
        t2: ["false", "true", "false", "true", "true", "false"],
        includeNull: includeNull,
    )

numericBool = (includeNull=false) => bool(includeNull: includeNull) |> toInt()
