// What alerts look like to PagerDuty.
package pagerduty

import "strings"

severityFromLevel = (level) => {
    known = strings.toLower(v: level)

    return
        if known == "crit" then
            "critical"
        else if known == "warn" then
            "warning"
        else if known == "info" or known == "ok" then
            "info"
        else
            "error"
}

actionFromLevel = (level) => if strings.toLower(v: level) == "ok" then "resolve" else "trigger"

actionFromSeverity = (severity) => if strings.toLower(v: severity) == "ok" then "resolve" else "trigger"
