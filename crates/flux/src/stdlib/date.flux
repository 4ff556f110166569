// Dates: everything is native or a constant.
package date
