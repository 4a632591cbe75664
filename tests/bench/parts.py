"""The parts of the bench by name, and what is aimed at. Without Django."""

# Each is a module of this package with `measured(say: Say) -> list[Figure]`.
PARTS = ("enrolment", "imports", "notices", "matching")
# These take ten minutes to half an hour, so they are measured when they are asked for by name.
SLOW = ("rehearsal", "rows")

# What is aimed at on two cores of one's own, by figure and engine: printed beside, never asserted.
AIMS = {
    ("rush: decisions per minute", "sqlite"): "≥ 3,000",
    ("rush: decisions per minute", "postgresql"): "≥ 2,000",
    ("rush: seats oversold or errors", "sqlite"): "0",
    ("rush: seats oversold or errors", "postgresql"): "0",
    ("match: times as fast as matching", "sqlite"): "≥ 2,000",
    ("match: 1,000 students", "sqlite"): "≤ 2",
    ("match: 10,000 students", "sqlite"): "≤ 10",
    ("match: 100,000 students", "sqlite"): "≤ 60",
    ("match: 1,000,000 students", "sqlite"): "≤ 1,000; ≤ 2,000",
    ("match: a million, times as long with reserves", "sqlite"): "≤ 2",
    ("match: 1,000,000 students, bytes a preference beyond the input", "sqlite"): "≤ 8",
    ("match: 100,000 students, bytes a preference beyond the input", "sqlite"): "≤ 8",
    ("match: a million judged", "sqlite"): "≤ 150",
    ("match: a million explained", "sqlite"): "≤ 5,000",
    ("match: growth exponent, standard", "sqlite"): "≤ 1.10",
    ("match: growth exponent, tight", "sqlite"): "≤ 1.2",
    ("match: growth exponent, master", "sqlite"): "≤ 1.2",
    ("match: a chain, per student", "sqlite"): "≤ 5",
    ("match: the auditor, 1,000,000 without reserves", "sqlite"): "≤ 30",
    ("round of 1,000,000: from the frozen bytes to the stored result", "postgresql"): "≤ 6",
    ("round of 1,000,000: peak memory of the worker", "postgresql"): "≤ 1,024",
    ("rows of 1,000,000: frozen and stored", "postgresql"): "≤ 15",
}
