// Records whose shape is not known.
package record

any = {}
