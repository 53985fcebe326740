"""Who gets what answer where: every route, every method, every kind of person, exactly.

an: anybody · eve: logged in, not in the course · ada: owner · px: another learner of the course · dee: administrator ·
sus: suspended, with the cookie from before. Denials change nothing; asking changes nothing; deeds are audited.
"""

from pathlib import Path

import pytest
from flask import Flask

from lms.kernel.db import Database
from lms.settings import Settings
from tests.contracts.world import World, build_world

COLUMNS = ("an", "eve", "px", "dee", "sus", "ada")
"""Ada comes last, so that what others are refused is still there to be refused."""
OPEN = "200 200 200 200 200 200"
OWN = "302 200 200 200 302 200"
LEARNER = "302 404 200 404 302 200"
MINE_ALONE = "302 404 404 404 302 200"
ADMIN = "302 404 404 200 302 404"
WORKSHOP = ADMIN
"""Nobody else here has a part in a translation; who has one: tests/workshop."""
NOT_THERE = "302 404 404 404 302 404"
OF_THE_COURSE = "302 404 403 200 302 403"
"""For those who run the course; its learners know that there are certificates, and are refused."""

# endpoint: (address, answers in the order of COLUMNS)
READS: dict[str, tuple[str, str]] = {
    "start": ("/", "302 302 302 302 302 302"),
    "ui.home": ("/en/", "302 302 302 302 302 302"),
    "ui.accessibility": ("/en/accessibility/", OPEN),
    "ui.privacy": ("/en/privacy/", OPEN),
    "catalog.catalogue": ("/en/courses/", OPEN),
    "runs.course": ("/en/courses/{slug}/", OPEN),
    "certification.verify_form": ("/en/verify/", OPEN),
    "certification.verify": ("/en/verify/{code}", OPEN),
    "certification.offline": ("/en/verify/offline/", OPEN),
    "well_known.issuer_json": ("/.well-known/masar-issuer.json", OPEN),
    "well_known.issuer_pem": ("/.well-known/masar-issuer.pem", OPEN),
    "well_known.issuer_key": ("/.well-known/masar-issuer/none.json", "404 404 404 404 404 404"),
    "badges.issuer_profile": ("/badges/issuer", OPEN),
    "badges.achievement_data": ("/badges/achievements/{slug}/completion", OPEN),
    "badges.status_list": ("/badges/status/0", OPEN),
    "certification.issuer": ("/en/issuer/", OPEN),
    "certification.achievement": ("/en/achievements/{slug}/completion/", OPEN),
    "short.short_form": ("/v/", "303 303 303 303 303 303"),
    "short.short_verify": ("/v/{code}", "303 303 303 303 303 303"),
    "operations.live": ("/health/live", OPEN),
    "operations.ready": ("/health/ready", OPEN),
    "operations.metrics": ("/metrics", OPEN),
    "static": ("/static/any/masar.css", OPEN),
    "accounts.register": ("/en/register/", "200 303 303 303 200 303"),
    "accounts.registered": ("/en/register/sent/", OPEN),
    "accounts.log_in": ("/en/log-in/", "200 303 303 303 200 303"),
    "accounts.forgotten_password": ("/en/forgotten-password/", OPEN),
    "accounts.new_password_sent": ("/en/forgotten-password/sent/", OPEN),
    "accounts.confirm_email": ("/en/confirm/not-a-token/", "404 404 404 404 404 404"),
    "accounts.new_password": ("/en/new-password/not-a-token/", "404 404 404 404 404 404"),
    "accounts.new_email": ("/en/new-e-mail/not-a-token/", "404 404 404 404 404 404"),
    "accounts.profile": ("/en/profile/", OWN),
    "accounts.password": ("/en/profile/password/", OWN),
    "accounts.email": ("/en/profile/e-mail/", OWN),
    "accounts.my_data": ("/en/profile/my-data.zip", OWN),
    "accounts.delete": ("/en/profile/delete/", OWN),
    "learning.my_learning": ("/en/learn/", OWN),
    "learning.course_home": ("/en/learn/{slug}/", LEARNER),
    "learning.resume": ("/en/learn/{slug}/resume", "302 404 303 404 302 303"),
    "learning.lesson": ("/en/learn/{slug}/lesson/what/", LEARNER),
    # This course is self-paced and has none; what a participant sees: tests/learning/test_views.py
    "learning.session": ("/en/learn/{slug}/session/what/", NOT_THERE),
    "learning.assignment": ("/en/learn/{run}/assignment/gap/", LEARNER),
    "learning.glossary": ("/en/learn/{slug}/glossary/", LEARNER),
    "learning.evaluation": ("/en/learn/{slug}/evaluation/view/", LEARNER),
    "learning.certificate_details": ("/en/learn/{slug}/certificate/", LEARNER),
    "learning.media": ("/en/learn/{slug}/media/0000/none.pdf", "302 404 404 404 302 404"),
    "assessment.quiz": ("/en/learn/{slug}/quiz/final/", LEARNER),
    "assessment.attempt": ("/en/learn/attempts/{attempt}/", "302 404 404 404 302 303"),
    "assessment.question": ("/en/learn/attempts/{attempt}/1/", MINE_ALONE),
    "assessment.hand_in": ("/en/learn/attempts/{attempt}/hand-in/", MINE_ALONE),
    "assessment.result": ("/en/learn/attempts/{attempt}/result/", "302 404 404 404 302 303"),
    "certification.my_certificates": ("/en/certificates/", OWN),
    "certification.download": ("/en/certificates/{code}.pdf", "302 404 404 404 302 202"),
    "certification.download_badge": ("/en/certificates/{code}.jwt", MINE_ALONE),
    "exchange.exchange": ("/en/workshop/{slug}/ar/exchange/", ADMIN),
    "exchange.download": ("/en/workshop/{slug}/ar/exchange/{slug}-ar.po", ADMIN),
    "certification.my_certificate": ("/en/certificates/{code}/", MINE_ALONE),
    "certification.correction": ("/en/certificates/{code}/correction/", MINE_ALONE),
    "certificate_administration.certificates": ("/en/administration/certificates/?q={code}", ADMIN),
    "certificate_administration.certificate": ("/en/administration/certificates/{code}/", OF_THE_COURSE),
    "certificate_administration.corrections": ("/en/administration/corrections/", ADMIN),
    "certificate_administration.correction": ("/en/administration/corrections/{correction}/", OF_THE_COURSE),
    "certificate_administration.design": ("/en/administration/certificates/design/{slug}/", OF_THE_COURSE),
    "certificate_administration.specimen": (
        "/en/administration/certificates/design/{slug}/specimen.pdf",
        OF_THE_COURSE,
    ),
    "certificate_administration.all_of_run": ("/en/administration/certificates/all/{slug}/", OF_THE_COURSE),
    "certificate_administration.take_all": (
        "/en/administration/certificates/all/{slug}/none.zip",
        "302 404 403 404 302 403",
    ),
    "administration.people": ("/en/administration/people/", ADMIN),
    "administration.person": ("/en/administration/people/{person}/", ADMIN),
    "administration.audit_log": ("/en/administration/audit/", ADMIN),
    "course_administration.courses": ("/en/administration/courses/", ADMIN),
    "course_administration.course": ("/en/administration/courses/{slug}/", ADMIN),
    "question_administration.quizzes": ("/en/administration/courses/{slug}/questions/", ADMIN),
    "question_administration.questions": ("/en/administration/courses/{slug}/questions/final/", ADMIN),
    "assignments.home": ("/en/workshop/", WORKSHOP),
    "workshop.course": ("/en/workshop/{slug}/", WORKSHOP),
    "workshop.queue": ("/en/workshop/{slug}/ar/", WORKSHOP),
    "workshop.segment": ("/en/workshop/{slug}/ar/text/{segment}/", WORKSHOP),
    "workshop.preview": ("/en/workshop/{slug}/ar/preview/what/", WORKSHOP),
    "workshop.media": ("/en/workshop/{slug}/media/0000/none.pdf", "302 404 404 404 302 404"),
    "workshop.changes": ("/en/workshop/{slug}/changes/", WORKSHOP),
    "assignments.people": ("/en/workshop/{slug}/people/", WORKSHOP),
    "publication.standing": ("/en/workshop/{slug}/ar/publication/", WORKSHOP),
    "interface.languages": ("/en/workshop/interface/", WORKSHOP),
    "interface.sentences": ("/en/workshop/interface/ar/", WORKSHOP),
    "glossary.languages": ("/en/workshop/glossary/", WORKSHOP),
    "glossary.terms": ("/en/workshop/glossary/ar/", WORKSHOP),
    "glossary.new_term": ("/en/workshop/glossary/ar/new/", WORKSHOP),
    "glossary.term": ("/en/workshop/glossary/ar/{term}/", WORKSHOP),
    "glossary.ask_to_remove": ("/en/workshop/glossary/ar/{term}/remove/", WORKSHOP),
}

READS |= {
    "runs.runs": ("/en/runs/", OPEN),
    "runs.run": ("/en/runs/{run}/", OPEN),
    "run_management.teaching": ("/en/teaching/", ADMIN),
    "run_management.open_run": ("/en/teaching/new/{guided}/", ADMIN),
    "run_management.plan": ("/en/teaching/{run}/plan/", OF_THE_COURSE),
    "run_management.clone_run": ("/en/teaching/{run}/clone/", OF_THE_COURSE),
    "run_management.roster": ("/en/teaching/{run}/participants/", OF_THE_COURSE),
    "run_management.participant": ("/en/teaching/{run}/participants/{participant}/", OF_THE_COURSE),
}

READS |= {
    "intake.application": ("/en/runs/{run}/application/", "302 200 200 403 302 200"),
    "selection.board": ("/en/teaching/{run}/applications/", OF_THE_COURSE),
    "selection.one": ("/en/teaching/{run}/applications/{application}/", OF_THE_COURSE),
    "selection.plan": ("/en/teaching/{run}/applications/form/", OF_THE_COURSE),
    "selection.invitations": ("/en/teaching/{run}/invitations/", OF_THE_COURSE),
}

READS |= {
    "meetings.sessions": ("/en/learn/{run}/sessions/", LEARNER),
    "meetings.session": ("/en/learn/{run}/sessions/{meeting}/", LEARNER),
    "meetings.own_calendar": ("/en/profile/calendar/", OWN),
    "calendar.subscribed": ("/calendar/{feed}.ics", OPEN),
    "meeting_management.sessions": ("/en/teaching/{run}/sessions/", OF_THE_COURSE),
    "meeting_management.plan": ("/en/teaching/{run}/sessions/new/", OF_THE_COURSE),
    "meeting_management.session": ("/en/teaching/{run}/sessions/{meeting}/", OF_THE_COURSE),
    "meeting_management.change": ("/en/teaching/{run}/sessions/{meeting}/plan/", OF_THE_COURSE),
    "meeting_management.person": ("/en/teaching/{run}/sessions/{meeting}/attendance/{participant}/", OF_THE_COURSE),
    "meeting_management.waiting": ("/en/teaching/{run}/sessions/{meeting}/waiting/{line}/", OF_THE_COURSE),
    "meeting_management.sheet": ("/en/teaching/{run}/sessions/{meeting}/sheet/", OF_THE_COURSE),
}

SESSION: dict[str, object] = {
    "kind": "live",
    "title": "Next",
    "held_on": "2099-01-15",
    "hour": "14:30",
    "time_zone": "UTC",
    "minutes": "60",
    "anyway": "y",
    "sequence": "0",
}
PX_ALONE = "302 404 200 404 302 404"
"""Px reviews the work of Ada, who is not told who does."""

READS |= {
    "coursework.my_file": ("/en/learn/{run}/assignment/gap/files/{digest}/", MINE_ALONE),
    "coursework.review": ("/en/learn/{run}/assignment/gap/reviews/{review}/", PX_ALONE),
    "coursework.review_file": ("/en/learn/{run}/assignment/gap/reviews/{review}/files/{digest}/", PX_ALONE),
    "marking.queue": ("/en/teaching/{run}/marking/", OF_THE_COURSE),
    "marking.plan": ("/en/teaching/{run}/marking/days/", OF_THE_COURSE),
    "marking.one": ("/en/teaching/{run}/marking/{work}/", OF_THE_COURSE),
    "marking.file": ("/en/teaching/{run}/marking/{work}/files/{digest}/", OF_THE_COURSE),
}
TALK = "302 404 200 200 302 200"
"""For the people of a run: participants, and those who teach."""
READS |= {
    "accounts.letters": ("/en/profile/letters/", OWN),
    "accounts.unsubscribe": ("/en/unsubscribe/not-a-token/", "404 404 404 404 404 404"),
    "discussion.threads": ("/en/learn/{run}/threads/", TALK),
    "discussion.new_thread": ("/en/learn/{run}/threads/new/", TALK),
    "discussion.thread": ("/en/learn/{run}/threads/{thread}/", TALK),
    "discussion.post_to_edit": ("/en/learn/{run}/threads/{thread}/posts/{post}/edit/", "302 404 403 403 302 200"),
    "discussion.post_to_report": ("/en/learn/{run}/threads/{thread}/posts/{post}/report/", "302 404 200 200 302 403"),
    "discussion.history": ("/en/learn/{run}/threads/{thread}/posts/{post}/history/", "302 404 403 200 302 200"),
    "discussion.announcements": ("/en/learn/{run}/announcements/", TALK),
    # The course of the run has no discussion of its own; what people see of one: tests/discussion/test_views.py
    "discussion.activity": ("/en/learn/{run}/discussion/what/", NOT_THERE),
    "moderation.post_to_hide": ("/en/teaching/{run}/threads/{thread}/posts/{post}/hide/", OF_THE_COURSE),
    "moderation.reports": ("/en/teaching/{run}/reports/", OF_THE_COURSE),
    "moderation.new_announcement": ("/en/teaching/{run}/announcements/new/", OF_THE_COURSE),
}
READS |= {
    "facilitation.dashboard": ("/en/teaching/{run}/", OF_THE_COURSE),
    "facilitation.summary": ("/en/teaching/{run}/summary/", OF_THE_COURSE),
    "facilitation.gradebook": ("/en/teaching/{run}/gradebook/", OF_THE_COURSE),
    "facilitation.gradebook_file": ("/en/teaching/{run}/gradebook.csv", OF_THE_COURSE),
    "facilitation.closing": ("/en/teaching/{run}/closing/", OF_THE_COURSE),
    "facilitation.outcome": ("/en/teaching/{run}/closing/{participant}/", OF_THE_COURSE),
    "facilitation.report": ("/en/teaching/{run}/report/", OF_THE_COURSE),
    "facilitation.report_print": ("/en/teaching/{run}/report/print/", OF_THE_COURSE),
    "facilitation.report_file": ("/en/teaching/{run}/report.csv", OF_THE_COURSE),
    # This run is not closed; what is shown of one that is: tests/facilitation/test_views.py
    "archive.archive": ("/en/runs/{run}/archive/", "404 404 404 404 404 404"),
}

PLAN: dict[str, object] = {
    "title": "Autumn",
    "starts_on": "2026-11-02",
    "weeks": "2",
    "grace_days": "7",
    "time_zone": "Africa/Nairobi",
    "languages": "en",
    "visibility": "public",
    "confirm_days": "7",
    "early_days": "0",
}

# endpoint: (address, what is sent, answers in the order of COLUMNS). What is sent is right: a 303 is a deed done.
DEEDS: dict[str, tuple[str, dict[str, object], str]] = {
    "accounts.begin_log_in": (
        "/en/log-in/",
        {"email": "x@example.org", "password": "wrong"},
        "422 422 422 422 422 422",
    ),
    "accounts.send_registration": ("/en/register/", {}, "422 422 422 422 422 422"),
    "accounts.ask_new_password": ("/en/forgotten-password/", {"email": ""}, "422 422 422 422 422 422"),
    "accounts.confirm_email_now": ("/en/confirm/not-a-token/", {}, "404 404 404 404 404 404"),
    "accounts.set_new_password": ("/en/new-password/not-a-token/", {}, "404 404 404 404 404 404"),
    "accounts.change_email": ("/en/new-e-mail/not-a-token/", {}, "404 404 404 404 404 404"),
    "accounts.change_profile": ("/en/profile/", {}, "302 422 422 422 302 422"),
    "accounts.send_confirmation": ("/en/profile/confirmation/", {}, "302 409 409 409 302 409"),
    "accounts.change_password": ("/en/profile/password/", {}, "302 422 422 422 302 422"),
    "accounts.ask_email_change": ("/en/profile/e-mail/", {}, "302 422 422 422 302 422"),
    "accounts.delete_account": ("/en/profile/delete/", {}, "302 422 422 422 302 422"),
    "runs.enrol": ("/en/courses/{slug}/enrol", {}, "302 303 303 303 302 303"),
    "intake.save": ("/en/runs/{run}/application/", {}, "302 403 403 403 302 403"),
    "intake.confirm": ("/en/runs/{run}/application/confirm/", {}, "302 404 404 403 302 404"),
    "intake.decline": ("/en/runs/{run}/application/decline/", {}, "302 404 404 403 302 404"),
    "intake.withdraw": ("/en/runs/{run}/application/withdraw/", {}, "302 404 404 403 302 404"),
    "selection.score": (
        "/en/teaching/{run}/applications/{application}/",
        {"score-role": "4", "score-motivation": "3", "score-experience": "2", "score-chance": "0"},
        "302 404 403 303 302 403",
    ),
    "selection.decide": (
        "/en/teaching/{run}/applications/decide/",
        {"decision": "waiting-list"},
        "302 404 403 422 302 403",
    ),
    "selection.rank": ("/en/teaching/{run}/applications/order/", {}, "302 404 403 303 302 403"),
    "selection.offer": ("/en/teaching/{run}/applications/offer/", {}, "302 404 403 303 302 403"),
    "selection.set_plan": (
        "/en/teaching/{run}/applications/form/",
        {"version": "0", "criterion-1-en": "Motivation"},
        "302 404 403 409 302 403",
    ),
    "selection.invite": ("/en/teaching/{run}/invitations/", {"people": "new@example.org"}, "302 404 403 422 302 403"),
    "selection.take_back": ("/en/teaching/{run}/invitations/{invitation}/take-back/", {}, "302 404 403 303 302 403"),
    "meetings.join": ("/en/learn/{run}/sessions/{meeting}/join/", {}, LEARNER),
    "meetings.ask": ("/en/learn/{run}/sessions/{meeting}/questions/", {"text": "Why?"}, "302 404 303 404 302 303"),
    "meetings.vote": (
        "/en/learn/{run}/sessions/{meeting}/questions/{question}/vote/",
        {"wanted": "yes"},
        "302 404 303 404 302 403",
    ),
    "meetings.change_calendar": ("/en/profile/calendar/", {"deed": "make"}, "302 303 303 303 302 303"),
    "meeting_management.plan": ("/en/teaching/{run}/sessions/new/", SESSION, "302 404 403 303 302 403"),
    "meeting_management.answer": (
        "/en/teaching/{run}/sessions/{meeting}/answers/{question}/",
        {"answer": "The fund."},
        "302 404 403 303 302 403",
    ),
    "meeting_management.materials": (
        "/en/teaching/{run}/sessions/{meeting}/materials/",
        {"slides": "https://slides.example.org/", "slides_size": "2"},
        "302 404 403 303 302 403",
    ),
    "meeting_management.headcount": (
        "/en/teaching/{run}/sessions/{hangout}/headcount/",
        {"heads": "7"},
        "302 404 403 303 302 403",
    ),
    "meeting_management.import_report": (
        "/en/teaching/{run}/sessions/{meeting}/report/",
        {},
        "302 404 403 422 302 403",
    ),
    "meeting_management.call_roll": (
        "/en/teaching/{run}/sessions/{meeting}/roll/",
        {"present": "nobody"},
        "302 404 403 303 302 403",
    ),
    "meeting_management.person": (
        "/en/teaching/{run}/sessions/{meeting}/attendance/{participant}/",
        {"minutes": "20", "reason": "Left early"},
        "302 404 403 303 302 403",
    ),
    "meeting_management.waiting": (
        "/en/teaching/{run}/sessions/{meeting}/waiting/{line}/",
        {"whose": ""},
        "302 404 403 303 302 403",
    ),
    "meeting_management.change": (
        "/en/teaching/{run}/sessions/{meeting}/plan/",
        SESSION,
        "302 404 403 303 302 403",
    ),
    "meeting_management.cancel": (
        "/en/teaching/{run}/sessions/{meeting}/cancel/",
        {"reason": "The speaker is ill."},
        "302 404 403 303 302 403",
    ),
    # The run of this world is over, as Px is told; and Ada has handed in already.
    "learning.save_assignment": ("/en/learn/{run}/assignment/gap/", {"deed": "save"}, "302 404 403 404 302 403"),
    "coursework.give_review": ("/en/learn/{run}/assignment/gap/reviews/{review}/", {}, "302 404 403 404 302 404"),
    "marking.allocate": ("/en/teaching/{run}/marking/reviews/", {"assignment": "gap"}, "302 404 403 409 302 403"),
    "marking.take": ("/en/teaching/{run}/marking/{work}/take/", {}, "302 404 403 303 302 403"),
    "marking.hand_over": ("/en/teaching/{run}/marking/hand-over/", {}, "302 404 403 422 302 403"),
    "marking.mark": (
        "/en/teaching/{run}/marking/{work}/",
        {"submissions": "1", "outcome": "graded", "level-problem": "2", "level-proposal": "1"},
        "302 404 403 303 302 403",
    ),
    "marking.release": ("/en/teaching/{run}/marking/release/", {"assignment": "gap"}, "302 404 403 303 302 403"),
    "marking.set_plan": (
        "/en/teaching/{run}/marking/days/",
        {"version": "0", "blind": "gap"},
        "302 404 403 303 302 403",
    ),
    "accounts.choose_letters": ("/en/profile/letters/", {"wanted": "mentions"}, "302 303 303 303 302 303"),
    "accounts.unsubscribe_now": ("/en/unsubscribe/not-a-token/", {}, "404 404 404 404 404 404"),
    "discussion.open_thread": (
        "/en/learn/{run}/threads/new/",
        {"about": "", "title": "Cash", "text": "Or cards?", "lang": "en"},
        "302 404 303 303 302 303",
    ),
    "discussion.answer": (
        "/en/learn/{run}/threads/{thread}/",
        {"text": "Cash.", "lang": "en"},
        "302 404 303 303 302 303",
    ),
    "discussion.report": (
        "/en/learn/{run}/threads/{thread}/posts/{post}/report/",
        {"reason": "Advertising"},
        "302 404 303 303 302 403",
    ),
    "discussion.resolve": ("/en/learn/{run}/threads/{thread}/resolve/", {}, "302 404 403 303 302 303"),
    "discussion.edit": (
        "/en/learn/{run}/threads/{thread}/posts/{post}/edit/",
        {"text": "Better words", "lang": "en", "version": "1"},
        "302 404 403 403 302 303",
    ),
    "moderation.pin": ("/en/teaching/{run}/threads/{thread}/pin/", {}, "302 404 403 303 302 403"),
    "moderation.leave": ("/en/teaching/{run}/reports/{report}/leave/", {}, "302 404 403 303 302 403"),
    "moderation.hide": (
        "/en/teaching/{run}/threads/{thread}/posts/{answer}/hide/",
        {"reason": "Advertising"},
        "302 404 403 303 302 403",
    ),
    "moderation.show": (
        "/en/teaching/{run}/threads/{thread}/posts/{answer}/show/",
        {},
        "302 404 403 303 302 403",
    ),
    "moderation.announce": (
        "/en/teaching/{run}/announcements/new/",
        {"audience": "all", "title-en": "Welcome", "text-en": "We begin.", "by_mail": "y"},
        "302 404 403 303 302 403",
    ),
    "learning.leave_lesson": ("/en/learn/{slug}/lesson/what/", {}, "302 303 303 303 302 303"),
    "learning.note_place": ("/en/learn/{slug}/place", {}, "302 422 422 422 302 422"),
    "learning.evaluation": ("/en/learn/{slug}/evaluation/view/", {}, "302 422 422 422 302 422"),
    "learning.certificate_details": ("/en/learn/{slug}/certificate/", {}, "302 422 422 422 302 422"),
    "assessment.start": ("/en/learn/{slug}/self-test/check/start", {}, "302 303 303 303 302 303"),
    "assessment.save_answer": ("/en/learn/attempts/{attempt}/answers", {}, "302 404 404 404 302 415"),
    "assessment.answer": ("/en/learn/attempts/{attempt}/1/", {}, "302 404 404 404 302 303"),
    "assessment.submit": ("/en/learn/attempts/{attempt}/hand-in/", {}, "302 404 404 404 302 303"),
    "exchange.look": ("/en/workshop/{slug}/ar/exchange/", {}, "302 404 404 422 302 404"),
    "exchange.take_over": ("/en/workshop/{slug}/ar/exchange/apply/", {}, "302 404 404 422 302 404"),
    "certification.ask_correction": (
        "/en/certificates/{code}/correction/",
        {"name": "Ada Okafor-Mensah", "reason": "As in the passport"},
        "302 404 404 404 302 303",
    ),
    "certification.withdraw_correction": (
        "/en/certificates/{code}/correction/withdraw/",
        {},
        "302 404 404 404 302 303",
    ),
    "certificate_administration.ask_for_all": (
        "/en/administration/certificates/all/{slug}/",
        {"run": ""},
        "302 403 403 303 302 403",
    ),
    "certificate_administration.decide": (
        "/en/administration/corrections/{correction}/",
        {"decision": "declined", "answer": "The passport says otherwise."},
        "302 403 403 303 302 403",
    ),
    "certificate_administration.revoke": (
        "/en/administration/certificates/{code}/revoke/",
        {"reason": "Issued in error"},
        "302 403 403 303 302 403",
    ),
    "certificate_administration.change_design": (
        "/en/administration/certificates/design/{slug}/",
        {"template": "modern", "second_language": ""},
        "302 403 403 303 302 403",
    ),
    "administration.grant_role": (
        "/en/administration/people/{person}/roles/",
        {"role": "trainer", "scope": "*"},
        "302 404 404 303 302 404",
    ),
    "administration.end_grant": ("/en/administration/people/{person}/roles/none/end/", {}, "302 302 404 404 302 404"),
    "administration.suspend": (
        "/en/administration/people/{person}/suspend/",
        {"reason": "Asked for by the person"},
        "302 302 404 303 302 404",
    ),
    "administration.lift_suspension": (
        "/en/administration/people/{person}/lift-suspension/",
        {"reason": "Asked for by the person"},
        "302 302 404 303 302 404",
    ),
    "course_administration.change_stage": (
        "/en/administration/courses/{slug}/stage",
        {"stage": "archived"},
        "302 302 404 303 302 404",
    ),
    "workshop.save": ("/en/workshop/{slug}/ar/text/{segment}/", {}, "302 302 404 422 302 404"),
    "workshop.approve": ("/en/workshop/{slug}/ar/text/{segment}/approve/", {}, "302 302 404 409 302 404"),
    "workshop.return_text": ("/en/workshop/{slug}/ar/text/{segment}/send-back/", {}, "302 302 404 422 302 404"),
    "workshop.look": ("/en/workshop/{slug}/ar/text/{segment}/look/", {"text": "؟"}, "302 302 404 200 302 404"),
    "workshop.approve_shown": ("/en/workshop/{slug}/ar/approve/", {"text": "1"}, "302 302 404 303 302 404"),
    "workshop.meaning_unchanged": ("/en/workshop/{slug}/changes/{segment}/", {}, "302 302 404 409 302 404"),
    "assignments.assign": (
        "/en/workshop/{slug}/people/",
        {"email": "eve@example.org", "role": "translator", "language": "fr"},
        "302 302 404 303 302 404",
    ),
    "assignments.change_due_date": (
        "/en/workshop/{slug}/people/none/due/",
        {"due_on": ""},
        "302 302 404 404 302 404",
    ),
    "assignments.end": ("/en/workshop/{slug}/people/none/end/", {}, "302 302 404 404 302 404"),
    "publication.withdraw": (
        "/en/workshop/{slug}/ar/publication/withdraw/",
        {"reason": "Wrong terms"},
        "302 302 404 303 302 404",
    ),
    "publication.publish": ("/en/workshop/{slug}/ar/publication/publish/", {}, "302 302 404 303 302 404"),
    "glossary.add_term": (
        "/en/workshop/glossary/ar/new/",
        {"term": "household", "translation": "أسرة معيشية"},
        "302 302 404 303 302 404",
    ),
    "glossary.confirm_term": ("/en/workshop/glossary/ar/{term}/confirm/", {"version": "1"}, "302 302 404 303 302 404"),
    "glossary.change_term": (
        "/en/workshop/glossary/ar/{term}/",
        {"version": "2", "term": "cash transfer", "translation": "تحويل مالي"},
        "302 302 404 303 302 404",
    ),
    "glossary.remove_term": ("/en/workshop/glossary/ar/{term}/remove/", {"version": "3"}, "302 302 404 303 302 404"),
    "facilitation.keep_summary": (
        "/en/teaching/{run}/summary/",
        {"text": "Well done", "version": "0"},
        "302 302 403 303 302 403",
    ),
    "facilitation.decide": (
        "/en/teaching/{run}/closing/{participant}/{override}/",
        {"decision": "declined"},
        "302 302 403 303 302 403",
    ),
    "facilitation.propose": (
        "/en/teaching/{run}/closing/{participant}/",
        {"outcome": "completion", "reason": "Power cuts"},
        "302 302 403 303 302 403",
    ),
    "run_management.open_run": ("/en/teaching/new/{guided}/", PLAN | {"slug": "next"}, "302 302 404 303 302 404"),
    "run_management.change_run": ("/en/teaching/{run}/plan/", PLAN | {"version": "1"}, "302 302 403 303 302 403"),
    "run_management.set_openings": (
        "/en/teaching/{run}/openings/",
        {"version": "2", "opens-start": "2026-11-03"},
        "302 302 403 303 302 403",
    ),
    "run_management.move_run": ("/en/teaching/{run}/stage/", {"stage": "grace"}, "302 302 403 303 302 403"),
    "run_management.clone_run": (
        "/en/teaching/{run}/clone/",
        {"slug": "copy", "title": "Copy", "starts_on": "2027-01-04"},
        "302 302 403 303 302 403",
    ),
    "run_management.give_extension": (
        "/en/teaching/{run}/participants/{participant}/extension/",
        {"until": "2026-12-01", "reason": "Ill"},
        "302 302 403 303 302 403",
    ),
    "run_management.withdraw": (
        "/en/teaching/{run}/participants/{participant}/withdraw/",
        {"reason": "Left the ministry"},
        "302 302 403 303 302 404",
    ),
    "selection.targets": (
        "/en/teaching/{run}/applications/targets/",
        {"version": "4", "gender-female": "50"},
        "302 302 403 303 302 404",
    ),
    "facilitation.close": ("/en/teaching/{run}/closing/", {}, "302 302 403 303 302 404"),
    "accounts.choose_digest": ("/en/profile/digest/", {"wanted": "no"}, "302 302 303 303 302 303"),
    "accounts.end_login_session": ("/en/profile/log-ins/{login}/end/", {}, "302 302 404 404 302 409"),
    "accounts.end_other_login_sessions": ("/en/profile/log-ins/end-others/", {}, "302 302 303 303 302 303"),
    "accounts.log_out": ("/en/log-out/", {}, "303 303 303 303 303 303"),
}
"""In this order: Eve joins the course, gets a role, which ends her log-in, and is suspended on the way."""

NOT_AUDITED = {
    "accounts.send_confirmation", "accounts.end_other_login_sessions", "accounts.log_out", "assessment.answer",
    "runs.enrol", "learning.leave_lesson", "assessment.start", "administration.lift_suspension",
}  # fmt: skip
"""Deeds that may change nothing (done before), or whose ledger is a table of its own: answers are kept as events."""


@pytest.fixture
def world(app: Flask, database: Database, settings: Settings, tmp_path: Path) -> World:
    return build_world(app, database, settings, tmp_path)


def test_every_route_and_method_stands_in_the_table(app: Flask) -> None:
    reads, deeds = set(), set()
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert methods <= {"GET", "POST"}, rule
        reads |= {rule.endpoint} if "GET" in methods else set()
        deeds |= {rule.endpoint} if "POST" in methods else set()
    assert reads == set(READS)
    assert deeds == set(DEEDS)


def test_reading_gives_exactly_this_and_changes_nothing(world: World) -> None:
    before = world.fingerprint()
    found = {endpoint: _answers(world, "GET", address, {}, answers) for endpoint, (address, answers) in READS.items()}
    assert found == {endpoint: answers for endpoint, (_address, answers) in READS.items()}
    assert world.fingerprint() == before


def test_doing_gives_exactly_this_and_refusals_change_nothing(world: World) -> None:
    wrong = []
    tokens = {key: world.token(client) for key, client in world.clients.items()}
    for endpoint, (address, sent, answers) in DEEDS.items():
        for person, expected in zip(COLUMNS, answers.split(), strict=True):
            before, audited = world.fingerprint(), world.audited()
            answer = world.clients[person].post(
                address.format(**world.values), data={**sent, "csrf_token": tokens[person]}
            )
            if str(answer.status_code) != expected:
                wrong.append(f"{endpoint} as {person}: {answer.status_code}, not {expected}")
            if answer.status_code >= 400 and world.fingerprint() != before:
                wrong.append(f"{endpoint} as {person} was refused and changed something")
            done = answer.status_code == 303 and world.fingerprint() != before
            if done and endpoint not in NOT_AUDITED and world.audited() == audited:
                wrong.append(f"{endpoint} as {person} left no trace in the audit log")
    assert wrong == [], "\n".join(wrong)


REFUSED = (403, 404)
"""404 where the person must not know the place at all."""


def test_no_deed_without_a_token_or_from_elsewhere(world: World) -> None:
    """A request another site makes in the administrator's or the owner's browser does nothing."""
    tokens = {key: world.token(world.clients[key]) for key in ("dee", "ada")}
    before, wrong = world.fingerprint(), []
    for endpoint, (address, sent, _answers) in DEEDS.items():
        for person in ("dee", "ada"):
            client, url = world.clients[person], address.format(**world.values)
            with_token = {**sent, "csrf_token": tokens[person]}
            attempts = {
                "no token": client.post(url, data=sent),
                "foreign origin": client.post(url, data=with_token, headers={"Origin": "https://evil.example"}),
                "null origin": client.post(url, data=with_token, headers={"Origin": "null"}),
                "cross-site": client.post(url, data=with_token, headers={"Sec-Fetch-Site": "cross-site"}),
            }
            wrong += [
                f"{endpoint} {how}: {a.status_code}" for how, a in attempts.items() if a.status_code not in REFUSED
            ]
    assert wrong == [], "\n".join(wrong)
    assert world.fingerprint() == before


def test_other_methods_are_not_allowed(world: World) -> None:
    token, wrong = world.token(world.clients["ada"]), []
    for endpoint, (address, _answers) in READS.items():
        for method in ("PUT", "PATCH", "DELETE"):
            answer = world.clients["ada"].open(
                address.format(**world.values), method=method, headers={"X-CSRFToken": token}
            )
            if answer.status_code not in (404, 405):
                wrong.append(f"{method} {endpoint}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)


def test_what_is_private_is_seen_by_nobody_else(world: World) -> None:
    leaks = []
    for endpoint, (address, _answers) in READS.items():
        for person in ("an", "eve", "px", "sus"):
            body = world.clients[person].get(address.format(**world.values)).get_data(as_text=False)
            leaks += [f"{word} in {endpoint} as {person}" for word in world.canaries.values() if word.encode() in body]
    assert leaks == []


def test_a_foreign_host_is_refused(world: World) -> None:
    for headers in ({"Host": "evil.example"}, {"Host": "localhost", "X-Forwarded-Host": "evil.example"}):
        answer = world.clients["an"].get("/en/forgotten-password/", headers=headers)
        assert answer.status_code == (400 if headers["Host"] != "localhost" else 200)
        assert "evil.example" not in answer.text


def _answers(world: World, method: str, address: str, sent: dict[str, object], expected: str) -> str:
    url = address.format(**world.values)
    found = [world.clients[person].open(url, method=method, data=sent).status_code for person in COLUMNS]
    assert len(found) == len(expected.split())
    return " ".join(str(status) for status in found)
