// Types of values: everything is native.
package types
