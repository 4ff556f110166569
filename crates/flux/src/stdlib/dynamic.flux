// Values whose type is looked at when they are used.
package dynamic

_isNotDistinct = (a, b) => display(v: a) == display(v: b)
