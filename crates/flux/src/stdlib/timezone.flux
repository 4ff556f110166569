// Locations for the option of that name.
package timezone

utc = {zone: "UTC", offset: 0h}

fixed = (offset) => ({zone: "UTC", offset: offset})
