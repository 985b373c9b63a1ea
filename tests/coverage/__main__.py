"""Write the page to standard output."""

import sys

from tests.coverage import page

sys.stdout.write(page.text())
