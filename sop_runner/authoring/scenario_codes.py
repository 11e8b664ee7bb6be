"""The findings about scenario files: each code with its name and what it means."""

CODES: dict[str, tuple[str, str]] = {
    "SOP401": ("scenario-key", "A key of a scenario file is missing or means nothing there."),
    "SOP402": ("scenario-value", "A value of a scenario file is not of the kind that its key takes."),
    "SOP403": ("scenario-empty", "A key of a scenario file has no value."),
    "SOP404": ("scenario-named-twice", "Two scenarios of a file have one name."),
    "SOP405": ("scenario-two-outcomes", "A scenario expects both an end and to be still open."),
    "SOP406": (
        "scenario-without-end",
        "A scenario does not say where it comes to, so that it cannot fail there.",
    ),
    "SOP410": ("scenario-table", "The table of cases is missing or cannot be read."),
    "SOP411": ("scenario-placeholder", "A placeholder is neither in the matrix nor a column of the table."),
    "SOP412": ("scenario-too-many", "A scenario makes more cases than are run."),
    "SOP420": ("scenario-procedure", "The scenarios are those of another procedure."),
    "SOP421": ("scenario-unknown", "A scenario names what its procedure does not have."),
}
