// Switches of the evaluation; functions that hide what they are given are native.
package debug

option vectorize = false
