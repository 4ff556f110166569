// oracle: T experimental/dynamic/dynamic_test.flux
import "array"
import "experimental/dynamic"

raw = dynamic.jsonParse(data: bytes(v: "{\"a\": {\"b\": [1, \"x\", null]}, \"n\": null}"))
list = raw.a.b |> dynamic.asArray()

array.from(rows: [
    {v: display(v: raw)},
    {v: display(v: list[1])},
    {v: string(v: list[1])},
    {v: string(v: int(v: list[0]))},
    {v: if exists raw.n then "there" else "null"},
    {v: if exists raw.nothing then "there" else "null"},
    {v: if dynamic.isType(v: raw.a.b, type: "array") then "array" else "other"},
    {v: string(v: dynamic.jsonEncode(v: raw))},
])
