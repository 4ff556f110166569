// oracle: the source of Flux 0.200.0, stdlib/http/http_path_encode_endpoint.go over net/url
import "array"
import "http"

array.from(rows: [{v: http.pathEscape(inputString: "a b/ü?*!~$&+:=@")}])
