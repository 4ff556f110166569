// oracle: the source of Flux 0.200.0, stdlib/../csv/result.go: columns of the key take the value of the first row
import "csv"

csv.from(csv: "
#datatype,string,long,string,long
#group,false,false,true,false
#default,_result,,,
,result,table,k,_value
,,0,a,1
,,0,b,2
")
