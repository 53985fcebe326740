"""Files of one's own work. The page of an assignment is `lms.learning`'s."""

from flask import Response

from lms.accounts.session import current_person
from lms.coursework import queries
from lms.kernel.refusals import NotFound
from lms.runs.queries import place
from lms.ui.web import access, attach, feature, here

screens = feature("coursework")


@screens.get("/learn/<slug>/assignment/<key>/files/<digest>/")
@access("signed-in")
def my_file(slug: str, key: str, digest: str) -> Response:
    found = place(here().db, current_person(), slug, here().lang)
    work = queries.find_work(here().db, found.enrolment, key)
    if work is None:
        raise NotFound
    file = queries.file_of(here().db, work, digest, drafts=True)
    return attach(here().files.get(digest), file["type"], file["name"])
