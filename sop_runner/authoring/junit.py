"""Test results as JUnit XML, which build servers read (the schema of the Ant JUnit task, as Jenkins takes it)."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from sop_runner.base.textsafe import visible


@dataclass(frozen=True, slots=True)
class JunitCase:
    """One case: `failure` is empty where it passed; `details` is what stands under the failure."""

    name: str
    file: str
    line: int
    seconds: float
    failure: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class JunitSuite:
    """The cases of one procedure."""

    name: str
    cases: tuple[JunitCase, ...]


def junit(suites: Iterable[JunitSuite]) -> bytes:
    """The XML document, UTF-8; characters that XML does not allow become visible symbols (XML 1.0, 2.2)."""
    root = ET.Element("testsuites")
    for suite in suites:
        failed = sum(bool(case.failure) for case in suite.cases)
        element = ET.SubElement(
            root,
            "testsuite",
            name=visible(suite.name),
            tests=str(len(suite.cases)),
            failures=str(failed),
            errors="0",
            time=f"{sum(case.seconds for case in suite.cases):.3f}",
        )
        for case in suite.cases:
            one = ET.SubElement(
                element,
                "testcase",
                classname=visible(suite.name),
                name=visible(case.name),
                file=visible(case.file),
                line=str(case.line),
                time=f"{case.seconds:.3f}",
            )
            if case.failure:
                failure = ET.SubElement(one, "failure", message=visible(case.failure))
                failure.text = visible(case.details)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
