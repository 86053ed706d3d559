"""How the browser is started."""

import os

ARGUMENTS = [
    # Tests run as root, too.
    "--no-sandbox",
    # Containers have little of it.
    "--disable-dev-shm-usage",
    # What Chromium would like to know of its maker is no part of the app.
    "--disable-background-networking",
    "--disable-component-update",
]


def launch(playwright):
    return playwright.chromium.launch(executable_path=os.environ["SPINDLE_BROWSER"], args=ARGUMENTS)
