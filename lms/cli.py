"""The command `lms`: everything an operator does without a browser.

A command that writes does it in one transaction with all that follows from it, as a screen does. What cannot be done is
said in one sentence on stderr: exit code 1, or 2 when the command itself was wrong.
"""

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, selectinload

from lms import consequences
from lms.accounts.models import Person
from lms.accounts.passwords import hash_password, password_problem
from lms.accounts.rules import EVERYWHERE, Role, fold_email
from lms.accounts.service import Profile, add_person, grant_role
from lms.assessment.question_types import KINDS
from lms.assessment.rules import ALL_QUIZZES
from lms.assessment.service import grant_extra_time
from lms.catalog.models import Course
from lms.catalog.service import Loaded, export_course, load_course
from lms.catalog.source.catalogue import is_language, write_catalogue
from lms.catalog.source.files import read_folder, read_named_zip
from lms.catalog.source.package import Package, read_package
from lms.catalog.source.problems import PackageProblems, PackageRefused, Unreadable
from lms.certification.queries import certificate_by_code
from lms.certification.rules import Status, Verdict
from lms.certification.service import reissue_certificate, revoke_certificate
from lms.certification.signing.desk import Desk
from lms.certification.signing.keys import BadKey, issuer_keys, read_public
from lms.certification.signing.statement import find_statement
from lms.certification.signing.verify import say
from lms.certification.signing.verify import verify as prove
from lms.factory import create_app
from lms.kernel import clock
from lms.kernel.child import ChildStopped
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.files import FileStore
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE
from lms.kernel.models import OutboxJob
from lms.kernel.outbox import Worker
from lms.kernel.refusals import Conflict, Denied, Invalid, Overloaded, Refusal
from lms.operations import demo as sample
from lms.operations import schema
from lms.operations.backup import BackupFailed, make_backup
from lms.operations.demo_runs import make_sample_runs
from lms.operations.doctor import Health, look_over
from lms.operations.jobs import drop_jobs, jobs_in_doubt, release_jobs
from lms.operations.restore import restore_backup
from lms.operations.rounds import Rounds
from lms.operations.schema import SchemaTooNew
from lms.operations.server import CannotServe, Companion, Platform, only_process, serve
from lms.runs.queries import find_place
from lms.settings import ROOT, BadSetting, Settings
from lms.workshop.exchange import FORMATS, ending, read_file
from lms.workshop.queries.exchange import bundle
from lms.workshop.service.glossary import take_in_seeds
from lms.workshop.service.importing import Chosen, Outcome, Plan, apply_import, plan_import

SENTENCES = (BadSetting, BackupFailed, CannotServe, SchemaTooNew, PackageRefused, BadKey, ChildStopped)
"""Exceptions whose text is written for the operator."""
BAD_COMMAND = 2


class NotDone(Exception):
    """The command could not do what it was asked; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Where a command stands, as `Here` is where a request stands."""

    db: Session
    now: datetime
    settings: Settings
    files: FileStore


def open_database(settings: Settings) -> Database:
    """The platform's database, for a command beside a running server: only the server resets its write-ahead log."""
    database = Database(settings.database_url)
    if database.is_sqlite:

        @event.listens_for(database.engine, "connect")
        def leave_the_log_alone(connection: object, _: object) -> None:
            connection.execute("PRAGMA wal_autocheckpoint=0")  # type: ignore[attr-defined]

    return database


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database at the schema this version works with."""
    database = open_database(settings)
    try:
        with database.engine.connect() as connection:
            if schema.is_half_restored(connection):
                raise NotDone("A restore into this database was not finished; restore into a new one.")
            if not schema.is_current(connection):
                raise NotDone("The database is not at the schema of this version; run: lms migrate")
        yield database
    finally:
        database.close()


@contextmanager
def deed(settings: Settings | None = None) -> Iterator[Deed]:
    """One transaction with everything that follows from it."""
    settings = settings or Settings.from_env()
    with opened(settings) as database, database.session(write=True) as db:
        now = clock.now()
        yield Deed(db, now, settings, FileStore(settings.data_dir / "files"))
        finish(db, consequences.within(settings), now)


@contextmanager
def look() -> Iterator[Deed]:
    """The same, for reading only."""
    settings = Settings.from_env()
    with opened(settings) as database, database.session(write=False) as db:
        yield Deed(db, clock.now(), settings, FileStore(settings.data_dir / "files"))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def commands() -> None:
    """Run and keep a Masar learning platform. Settings are LMS_* variables; see docs/operator.md."""


# --- serving ---------------------------------------------------------------------------------------------------------


@commands.command()
def demo() -> None:
    """Everything in one process: courses loaded, sample people made, served on this machine."""
    settings = Settings.from_env()
    _migrate(settings)
    with deed(settings) as work:
        take_in_seeds(work.db, work.now)
        for folder in sorted((ROOT / "courses").iterdir()):
            if not sample.is_taken_in(work.db, folder.name, read_folder(folder)):
                _load(work, *read_course(folder))
        people = sample.make_sample_people(work.db, work.settings, work.now)
        make_sample_runs(work.db, work.settings, consequences.within(settings), work.now)
    lines = [f"  {each.role:<18} {each.email:<20} {each.password}" for each in people]
    title = "Masar runs at {}  (Ctrl-C ends it; everything is kept in {})\nSample people and their passwords:\n{}"
    _serve(settings, "127.0.0.1", 1, title.format(settings.base_url, settings.data_dir, "\n".join(lines)))


@commands.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at; the port is LMS_PORT.")
@click.option(
    "--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="More than one needs PostgreSQL."
)
def serve_platform(host: str, processes: int) -> None:
    """Serve the platform; its schema must be current."""
    settings = Settings.from_env()
    with opened(settings):
        pass
    _serve(settings, host, processes, f"Masar is served at {settings.base_url}")


def _serve(settings: Settings, host: str, processes: int, ready: str) -> None:
    serve(Platform(settings, create_app, _companions), host=host, processes=processes, ready=ready)


def _companions(app: Flask) -> Sequence[Companion]:
    worker: Worker = app.extensions["lms.worker"]
    within = consequences.within(app.extensions["lms.settings"])
    return [worker, Rounds(app.extensions["lms.database"], within, clock.now)]


@commands.command()
def work() -> None:
    """Work the outbox (mail, certificates) without serving; for machines beside the web's."""
    settings = Settings.from_env()
    if settings.database_url.startswith("sqlite"):
        with only_process(settings.data_dir):
            _work(settings)
    else:
        _work(settings)


def _work(settings: Settings) -> None:
    with opened(settings) as database:
        handlers = consequences.after(settings, database, FileStore(settings.data_dir / "files"), clock.now)
        rounds = Rounds(database, consequences.within(settings), clock.now)
        rounds.start()
        click.echo("Working the outbox; Ctrl-C ends it.")
        try:
            Worker(database, handlers, clock.now).run()
        finally:
            rounds.stop()


@commands.command()
def migrate() -> None:
    """Bring the database to the schema of this version. Safe to run on several machines at once."""
    settings = Settings.from_env()
    done = _migrate(settings)
    with deed(settings) as work:
        taken = take_in_seeds(work.db, work.now)
    done += [f"Glossary: {language}, {changed} terms." for language, changed in taken.items() if changed]
    click.echo("\n".join(done) or "The schema is current; nothing to do.")


def _migrate(settings: Settings) -> list[str]:
    """Take the missing steps; a database that is in use is backed up and proved before."""
    database = open_database(settings)
    try:
        folder = settings.data_dir / "backups"
        return schema.migrate(database, before=lambda _at: make_backup(database, settings, folder, clock.now()))
    finally:
        database.close()


# --- courses ---------------------------------------------------------------------------------------------------------


@commands.group()
def courses() -> None:
    """Check, load and export course packages."""


def read_course(path: Path) -> tuple[Package, dict[str, bytes]]:
    """A package from a folder or a zip; raises PackageRefused or PackageProblems."""
    if path.suffix == ".zip":
        name, files = read_named_zip(path)
        slug = name or path.stem
    else:
        slug, files = path.resolve().name, read_folder(path)
    return read_package(slug, files, KINDS), files


@courses.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def check_course(path: Path) -> None:
    """Print every problem of a package as file:line:column: sentence."""
    package, _files = read_course(path)
    click.echo(f"{package.slug}: no problem found.")


@courses.command("load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def load_courses(paths: Sequence[Path]) -> None:
    """Take packages in: all of them or nothing. Loading the same again changes nothing."""
    packages = [read_course(path) for path in paths]
    with deed() as work:
        done = [_load(work, package, files) for package, files in packages]
    for loaded in done:
        if loaded.nothing_new:
            click.echo(f"{loaded.slug}: nothing new.")
            continue
        changed = ", ".join(f"{language} {count}" for language, count in loaded.translations_changed.items() if count)
        edition = f"edition {loaded.edition}" if loaded.new_edition else f"still edition {loaded.edition}"
        click.echo(f"{loaded.slug}: {edition}{f'; texts changed: {changed}' if changed else ''}.")


def _load(work: Deed, package: Package, files: dict[str, bytes]) -> Loaded:
    return load_course(work.db, None, package, files, work.files, work.now)


@courses.command("export")
@click.argument("slug")
@click.argument("folder", type=click.Path(path_type=Path))
def export(slug: str, folder: Path) -> None:
    """Write a course as a package into FOLDER/SLUG: the bytes that were loaded, and what was approved here since."""
    with look() as work:
        files = export_course(work.db, _course(work.db, slug), work.files)
    target = folder / slug
    if target.exists():
        raise NotDone(f"{target} exists already.")
    for name, data in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    click.echo(f"{len(files)} files in {target}")


@courses.command("catalogue")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("language")
def catalogue(path: Path, language: str) -> None:
    """Make or renew a package's translation file for LANGUAGE: what is translated stays, what changed is marked."""
    package, _files = read_course(path)
    target = path / "translations" / f"{language}.po"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(write_catalogue(package, language, target.read_bytes() if target.exists() else None))
    click.echo(str(target))


# --- translations ----------------------------------------------------------------------------------------------------


@commands.group()
def translations() -> None:
    """Take a course's texts to other tools and bring them back, in XLIFF 2.0, gettext PO or Excel files."""


def _course(db: Session, slug: str) -> Course:
    course = db.scalar(select(Course).where(Course.slug == slug))
    if course is None:
        raise NotDone(f"There is no course {slug}.")
    return course


@translations.command("export")
@click.argument("slug")
@click.argument("language")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--only-unfinished", is_flag=True, help="Leave out what is approved or in review.")
def export_translations(slug: str, language: str, file: Path, only_unfinished: bool) -> None:
    """Write the texts of a course in LANGUAGE into FILE; its ending says how: .xlf, .po or .xlsx."""
    with naming(file):
        kind = FORMATS[ending(file.name)]
    with look() as work:
        course = _course(work.db, slug)
        if not is_language(language) or language == course.source_language:
            raise NotDone(f"“{language}” is no language to translate {slug} into.")
        found = bundle(work.db, course, language, only_unfinished=only_unfinished)
    file.write_bytes(kind.write(found))
    click.echo(f"{len(found.units)} texts in {file}")


@translations.command("import")
@click.argument("slug")
@click.argument("language")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", "email", required=True, help="Whose texts these are; somebody else has to approve them.")
@click.option("--apply", "carry_out", is_flag=True, help="Take over what is fine; without it nothing changes.")
@click.option("--drafts", is_flag=True, help="Keep the texts as drafts rather than hand them over for review.")
def import_translations(slug: str, language: str, file: Path, email: str, carry_out: bool, drafts: bool) -> None:
    """Say what FILE would change in LANGUAGE; with --apply, change it."""
    data = file.read_bytes()
    with naming(file), deed() as work:
        course, person = _course(work.db, slug), _person(work.db, email)
        incoming = read_file(file.name, data)
        plan = plan_import(work.db, person, course, language, incoming, work.now)
        _tell(file, plan)
        if carry_out:
            mine = frozenset(line.choice for line in plan.of(Outcome.WRITTEN_SINCE) if line.own)
            said = {"name": file.name, "digest": sha256(data).hexdigest()}
            chosen = Chosen(for_review=not drafts, instead=mine)
            changed = apply_import(work.db, person, course, language, incoming, chosen, work.now, file=said)
    click.echo(f"{changed} texts are taken over." if carry_out else "Nothing is changed; add --apply to take it over.")


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """What is wrong with a file, told with its name and the line."""
    try:
        yield
    except Unreadable as error:
        flaws = [f"{file}:{flaw.line}: {flaw.sentence}" for flaw in error.flaws]
        raise NotDone("\n".join(flaws)) from error


def _tell(file: Path, plan: Plan) -> None:
    told = {
        Outcome.WRITTEN_SINCE: "Conflict: somebody else has written here since, and the file's text is left out.",
        Outcome.SOURCE_MOVED: "Conflict: the source has moved on; the text is left out.",
    }
    for line in plan.of(*told):
        sentence = "Replaces what you wrote here since." if line.own else told[line.outcome]
        click.echo(f"{file}:{line.unit.line}: {sentence}")
    for line in plan.of(Outcome.FAILING):
        click.echo(f"{file}:{line.unit.line}: {' '.join(line.sentences)}")
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in plan.counts.items()))


# --- people ----------------------------------------------------------------------------------------------------------


@commands.group()
def people() -> None:
    """Add people and grant them roles."""


def _person(db: Session, email: str) -> Person:
    query = select(Person).where(Person.email == fold_email(email)).options(selectinload(Person.grants))
    person = db.scalar(query)
    if person is None:
        raise NotDone(f"Nobody has the address {email}.")
    return person


@people.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--language", default=SOURCE_LANGUAGE, show_default=True, type=click.Choice(list(LANGUAGES)))
@click.option("--password-from-stdin", is_flag=True, help="Read the password instead of making one up.")
def add(email: str, name: str, language: str, password_from_stdin: bool) -> None:
    """Add a person with a confirmed address; a password is made up and printed."""
    settings = Settings.from_env()
    password = sys.stdin.readline().rstrip("\n") if password_from_stdin else secrets.token_urlsafe(12)
    problem = password_problem(password, email=email, name=name, platform_name=settings.platform_name)
    if problem is not None:
        raise NotDone(problem)
    with deed(settings) as work:
        add_person(
            work.db,
            Profile(name=name, language=language),
            email=email,
            password_hash=hash_password(settings, password),
            now=work.now,
        )
    click.echo(f"{email} is added." if password_from_stdin else f"{email} is added with the password {password}")


@people.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([str(role) for role in Role]))
@click.option("--scope", default=EVERYWHERE, help="One thing, like course:<slug>; everywhere without it.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), help="The one language of a translator or reviewer.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The first day without the role (UTC).")
def grant(email: str, role: str, scope: str, language: str | None, until: datetime | None) -> None:
    """Give the person with EMAIL a ROLE."""
    with deed() as work:
        person = _person(work.db, email)
        end = until.replace(tzinfo=UTC) if until else None
        grant_role(
            work.db, None, person, role=Role(role), scope=scope, language=language, valid_until=end, now=work.now
        )
        name = person.name
    click.echo(f"{name} is now {role}{'' if scope == EVERYWHERE else f' for {scope}'}.")


@people.command("extra-time")
@click.argument("email")
@click.argument("course")
@click.argument("percent", type=click.IntRange(0, 400))
@click.option("--quiz", default=ALL_QUIZZES, help="The key of one quiz; every quiz of the course without it.")
def extra_time(email: str, course: str, percent: int, quiz: str) -> None:
    """Give the learner with EMAIL more time in the timed quizzes of COURSE: 50 makes 30 minutes 45; 0 takes it back."""
    with deed() as work:
        place = find_place(work.db, _person(work.db, email), course, SOURCE_LANGUAGE)
        if place is None:
            raise NotDone(f"{email} is not enrolled in {course}.")
        if quiz != ALL_QUIZZES and quiz not in place.reading.package.quizzes:
            raise NotDone(f"The course {course} has no quiz “{quiz}”.")
        grant_extra_time(work.db, None, place.enrolment, percent, work.now, quiz_key=quiz)
    click.echo(f"{email} has {percent} % more time for attempts that begin from now on.")


# --- certificates ----------------------------------------------------------------------------------------------------


@commands.group()
def certificates() -> None:
    """Verify, revoke and reissue certificates."""


@certificates.command("verify")
@click.argument("held", metavar="FILE|CODE|TEXT")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The issuer's public keys, as published under /.well-known/; with it neither platform nor network is needed.",
)
@click.option("--name", help="The name on what you hold: says whether it was issued to somebody else.")
def verify(held: str, key: Path | None, name: str | None) -> None:
    """Say what a certificate says and whether it can be trusted; exit code 1 when it cannot.

    FILE is its PDF, its badge or a text with its statement, TEXT the statement or the address in its square code: all
    are checked by signature, with --key or this platform's own keys. CODE is looked up in this platform's database.
    """
    data = Path(held).read_bytes() if _is_file(held) else held.encode()
    if data == held.encode() and find_statement(held) is None:
        if key is not None:
            raise NotDone(
                f"{held} is neither a file nor a signed statement. A code proves nothing by itself: without --key it is"
                " looked up in this platform's database."
            )
        _look_up(held)
        return
    keys = read_public(key.read_bytes()) if key else issuer_keys(Settings.from_env()).public
    proof = prove(data, keys, Desk(), name=name)
    for label, claim in (("Name", "sub"), ("", "alt"), ("Course", "crs"), ("Issued", "day"), ("By", "iss")):
        if proof.claims.get(claim):
            click.echo(f"{label:<8}{proof.claims[claim]}")
    if proof.verdict is not Verdict.GENUINE:
        raise NotDone(say(proof.verdict))
    click.echo(say(proof.verdict))
    click.echo(f"Whether it was revoked since, the issuer's platform says by its code: {proof.claims['jti']}")


def _is_file(held: str) -> bool:
    try:
        return Path(held).is_file()
    except (OSError, ValueError):  # a long statement is no name of a file
        return False


def _look_up(code: str) -> None:
    with look() as work:
        found = certificate_by_code(work.db, code)
    if found is None:
        raise NotDone("No certificate has this code.")
    printed = found.values
    click.echo(f"{printed.heading.text}: {printed.name}, {printed.course.text}, issued {printed.issued_on}")
    if found.status is not Status.VALID:
        instead = f" by {found.replaced_by}" if found.replaced_by else ""
        raise NotDone(f"It does not count: {found.status}{instead} on {found.ended_on}.")
    click.echo("It is valid.")


@certificates.command("revoke")
@click.argument("code")
@click.option(
    "--reason", required=True, help="For the ledger and the owner; verifiers see only that it is revoked, and when."
)
def revoke(code: str, reason: str) -> None:
    """Take the certificate with CODE back; whoever verifies it is told."""
    with deed() as work:
        code = revoke_certificate(work.db, None, code, reason=reason, now=work.now).code
    click.echo(f"{code} is revoked.")


@certificates.command("reissue")
@click.argument("code")
@click.option("--name", required=True, help="The corrected name.")
@click.option("--local-name", help="The corrected name in the local script; the old one stays without it.")
@click.option("--reason", help="For the ledger.")
def reissue(code: str, name: str, local_name: str | None, reason: str | None) -> None:
    """Issue the certificate with CODE again with a corrected name; the old code answers "replaced"."""
    with deed() as work:
        sign = consequences.signing(work.settings)
        new = reissue_certificate(
            work.db, None, code, name=name, local_name=local_name, reason=reason, now=work.now, sign=sign
        )
        code = new.code
    click.echo(f"The new code is {code}.")


# --- keeping ---------------------------------------------------------------------------------------------------------


@commands.command()
@click.argument("target", required=False, type=click.Path(file_okay=False, path_type=Path))
def backup(target: Path | None) -> None:
    """Write a proved backup into TARGET (default: backups/ in the data folder), while the platform runs on."""
    settings = Settings.from_env()
    with opened(settings) as database:
        made = make_backup(database, settings, target or settings.data_dir / "backups", clock.now())
    rows = sum(made.manifest["rows"].values())
    click.echo(f"{made.folder}: {rows} rows, {len(made.manifest['sha256']) - 1} files, proved.")
    click.echo(f"Not included: {', '.join(made.manifest['not_included'])}.")


@commands.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Put the backup FOLDER back, into the new and empty LMS_DATA_DIR and LMS_DATABASE_URL."""
    settings = Settings.from_env()
    done = restore_backup(folder, settings, schema.migrate, clock.now())
    click.echo(f"{done.rows} rows and {done.files} files are back and say what the backup's manifest says.")
    click.echo(f"{done.certificates} certificates verify. Everyone has to log in again.")
    if done.held:
        click.echo(f"{done.held} jobs are held, they may have been done since: lms jobs list")


@commands.command()
def doctor() -> None:
    """Look the platform over; exit code 1 when there is a problem."""
    settings = Settings.from_env()
    database = open_database(settings)
    try:
        findings = look_over(database, settings, clock.now())
    finally:
        database.close()
    for finding in findings:
        click.echo(f"{finding.health:<8} {finding.sentence}")
    if any(finding.health is Health.PROBLEM for finding in findings):
        sys.exit(1)


@commands.group()
def jobs() -> None:
    """Jobs that were given up, or are held since a restore."""


@jobs.command("list")
def list_jobs() -> None:
    """Show them: key, state, tries, last error."""
    with look() as work:
        for job in jobs_in_doubt(work.db):
            state = "held" if job.held_at else "dead"
            click.echo(f"{job.key}\t{state}\t{job.tries} tries\t{job.last_error or ''}")


@jobs.command("release")
@click.argument("keys", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them.")
def release(keys: Sequence[str], every: bool) -> None:
    """Let jobs be worked (again)."""
    with deed() as work:
        chosen = _chosen(work.db, keys, every)
        release_jobs(work.db, chosen, work.now)
    click.echo(f"{len(chosen)} jobs are released.")


@jobs.command("drop")
@click.argument("keys", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them.")
def drop(keys: Sequence[str], every: bool) -> None:
    """Count jobs as done without working them."""
    with deed() as work:
        chosen = _chosen(work.db, keys, every)
        drop_jobs(work.db, chosen, work.now)
    click.echo(f"{len(chosen)} jobs are dropped.")


def _chosen(db: Session, keys: Sequence[str], every: bool) -> Sequence[OutboxJob]:
    if bool(keys) == every:
        raise click.UsageError("Name the jobs, or say --all.")
    found = jobs_in_doubt(db, keys)
    missing = set(keys) - {job.key for job in found}
    if missing:
        raise NotDone(f"No job is held or given up under {', '.join(sorted(missing))}.")
    return found


# --- saying no -------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; whatever it cannot do ends in a sentence and an exit code, never in a stack trace."""
    try:
        commands.main(arguments, prog_name="lms", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(BAD_COMMAND)
    except click.Abort:
        sys.exit(130)
    except PackageProblems as error:
        click.echo(str(error))
        sys.exit(1)
    except BadSetting as error:
        _say_no(str(error), BAD_COMMAND)
    except (*SENTENCES, NotDone) as error:
        _say_no(str(error), 1)
    except Refusal as error:
        _say_no(_sentence(error), 1)
    except OperationalError as error:
        _say_no(f"The database cannot be used: {str(error.orig).strip()}", 1)
    except OSError as error:
        _say_no(str(error), 1)


def _sentence(refusal: Refusal) -> str:
    match refusal:
        case Denied() | Conflict():
            return refusal.reason
        case Invalid():
            return " ".join(refusal.fields.values())
        case Overloaded():
            return "The database is busy; nothing was changed. Please try again."
        case _:
            return "There is no such thing."


def _say_no(sentence: str, code: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(code)
