"""Every page of the website as a browser shows it."""

import pytest
from book_site import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_problem(open_page, name):
    page = open_page(name)
    assert page.locator("mjx-container").count() == page.locator(".math").count()
