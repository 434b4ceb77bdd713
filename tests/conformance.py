"""Conformance cases of god's behaviour: those this release holds, and those left for later."""

HELD = frozenset(
    {
        *(1, 2, 3, 4, 7, 8, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27, 28, 30),
        *(31, 32, 33, 34, 35, 36, 37, 40, 41, 42, 43, 44, 45, 48, 49, 50, 51, 53, 54, 55, 57, 60),
        *(62, 63, 64, 67, 68, 69, 71, 73, 74, 77),
        *(79, 80, 82, 84, 87, 88, 90, 91, 92, 94, 95, 98, 105, 107, 109, 111, 113, 123, 124, 128),
        *(129, 131, 132, 133, 135, 137, 138, 139, 140, 142, 143, 144, 145, 147, 149, 151),
        *(152, 153, 155, 156, 157, 159, 160, 162, 165, 166, 168, 169, 170, 171, 173, 174, 175),
        *(176, 178),
    }
)
LATER = {
    9: "a task's own states",
    46: "a task's command per state",
    58: "a task among watches",
    72: "a task's lifecycle",
    76: "a task's commands",
    146: "contacts other than e-mail",
    150: "digests",
}
