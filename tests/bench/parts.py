"""The parts of the bench by name, and what is aimed at. Without Django."""

# Each is a module of this package with `measured(say: Say) -> list[Figure]`.
PARTS = ("enrolment", "imports", "notices", "matching", "frozen", "rehearsal")

# What is aimed at on two cores of one's own, by figure and engine: printed beside, never asserted.
AIMS = {
    ("rush: decisions per minute", "sqlite"): "≥ 3,000",
    ("rush: decisions per minute", "postgresql"): "≥ 2,000",
    ("rush: seats oversold or errors", "sqlite"): "0",
    ("rush: seats oversold or errors", "postgresql"): "0",
}
