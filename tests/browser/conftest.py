"""The browser, the people in it, and what has to be true whatever a scenario is about."""

import pytest
from playwright.sync_api import expect, sync_playwright

from chromium import launch
from person import Person, picture

# How long anything may take that is certain to come. Not a measure: these machines are shared.
PATIENCE = 30_000
figures = []


@pytest.fixture(scope="session")
def browser():
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        figures.append(f"Chromium {browser.version}")
        yield browser
        browser.close()


@pytest.fixture
def someone(browser, request):
    """Makes people, each with an account of their own."""
    people = []

    def make(**settings):
        people.append(Person(browser, **settings))
        return people[-1].register()

    yield make
    name = request.node.name.removeprefix("test_")
    failed = getattr(request.node, "failed", False)
    for person in people:
        for context in person.contexts if failed else []:
            for number, page in enumerate(context.pages):
                picture(page, f"failed.{name}.{person.contexts.index(context)}{number}")
        person.leave()
    unexpected = [complaint for person in people for complaint in person.unexpected()]
    if unexpected:
        pytest.fail("\n".join(dict.fromkeys(unexpected)), pytrace=False)


@pytest.fixture
def figure():
    """Notes a figure, which is told at the end."""
    return figures.append


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.failed = True
    return report


def pytest_terminal_summary(terminalreporter):
    terminalreporter.section("figures")
    for line in figures:
        terminalreporter.write_line(line)


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    # What isn't tried isn't known.
    if any(reporter.stats.get(kind) for kind in ("skipped", "xfailed", "xpassed")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
