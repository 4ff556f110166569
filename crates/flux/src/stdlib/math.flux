// Mathematics: everything is native or a constant.
package math
