"""The boards by name, for whatever links to them. May import: standard library."""

WALL, SCORECARD, DEPTH, OWN = "svartid-koene-na", "svartid-resultatkort", "svartid-ko-i-dybden", "svartid-selv"  # uids
PROMISE = "svartid-lofte"
TITLES = {
    WALL: "Køene nå",
    SCORECARD: "Resultatkort",
    PROMISE: "Ett løfte",
    DEPTH: "Kø i dybden",
    OWN: "svartid selv",
}
CHOICES = {DEPTH: ("channel", "audience", "queue")}  # a board's variables that are labels of what it shows
