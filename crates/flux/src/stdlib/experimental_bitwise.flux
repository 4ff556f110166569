// The bitwise package under its older name.
package bitwise

import "bitwise"

sand = bitwise.sand
sclear = bitwise.sclear
slshift = bitwise.slshift
snot = bitwise.snot
sor = bitwise.sor
srshift = bitwise.srshift
sxor = bitwise.sxor
uand = bitwise.uand
uclear = bitwise.uclear
ulshift = bitwise.ulshift
unot = bitwise.unot
uor = bitwise.uor
urshift = bitwise.urshift
uxor = bitwise.uxor
