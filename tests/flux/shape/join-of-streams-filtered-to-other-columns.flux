// oracle: T universe/join_use_previous_test.flux: columns of tables that are gone do not count
import "csv"

both = csv.from(csv: "
#datatype,string,long,string,dateTime:RFC3339,double
#group,false,false,true,false,false
#default,_result,,,,
,result,table,of,_time,value
,,0,a,2025-01-01T00:00:00Z,1
,,0,a,2025-01-01T00:00:10Z,2

#datatype,string,long,string,dateTime:RFC3339,boolean
#group,false,false,true,false,false
#default,_result,,,,
,result,table,of,_time,flag
,,1,b,2025-01-01T00:00:00Z,true
,,1,b,2025-01-01T00:00:10Z,false
")

join(
    tables: {
        left: both |> filter(fn: (r) => exists r.value) |> drop(columns: ["of"]),
        right: both |> filter(fn: (r) => exists r.flag) |> drop(columns: ["of"]),
    },
    on: ["_time"],
)
