// The older names of the schema functions.
package v1

import "influxdata/influxdb/schema"

fieldsAsCols = schema.fieldsAsCols
tagValues = schema.tagValues
tagKeys = schema.tagKeys
measurements = schema.measurements
fieldKeys = schema.fieldKeys
measurementTagValues = schema.measurementTagValues
measurementTagKeys = schema.measurementTagKeys
measurementFieldKeys = schema.measurementFieldKeys
