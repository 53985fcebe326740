"""What one takes along of this floor, and what a deleted account leaves in it."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person
from lms.discussion.models import Announcement, DigestMark, Mention, Post, PostReport, PostVersion, Thread


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """Everything the person wrote here, and where they are spoken to."""
    to_thread = joinedload(Post.thread).joinedload(Thread.run)
    posts = db.scalars(select(Post).options(to_thread).where(Post.author_id == person.id).order_by(Post.id)).all()
    versions: dict[int, list[PostVersion]] = {}
    query = select(PostVersion).join(Post, Post.id == PostVersion.post_id).where(Post.author_id == person.id)
    for each in db.scalars(query.order_by(PostVersion.version)):
        versions.setdefault(each.post_id, []).append(each)
    reports = db.scalars(select(PostReport).where(PostReport.reporter_id == person.id).order_by(PostReport.id))
    mentions = select(Post.public_id).join(Mention, Mention.post_id == Post.id).where(Mention.person_id == person.id)
    announcements = (
        select(Announcement).options(joinedload(Announcement.run)).where(Announcement.author_id == person.id)
    )
    return {
        "posts": [
            {
                "run": each.thread.run.slug,
                "thread": each.thread.title,
                "language": each.lang,
                "text": each.text,
                "written_at": each.written_at,
                "edited_at": each.edited_at,
                "hidden_at": each.hidden_at,
                "before": [
                    {"language": was.lang, "text": was.text, "written_at": was.written_at}
                    for was in versions.get(each.id, [])
                ],
            }
            for each in posts
        ],
        "post_reports": [{"reason": each.reason, "reported_at": each.reported_at} for each in reports],
        "mentioned_in": list(db.scalars(mentions.order_by(Post.id))),
        "announcements": [
            {
                "run": each.run.slug,
                "texts": {code: {name: said[name] for name in ("title", "text")} for code, said in each.texts.items()},
                "published_at": each.published_at,
            }
            for each in db.scalars(announcements.order_by(Announcement.id))
        ],
    }


def forget_person(db: Session, person: Person) -> None:
    """Posts stay, because others answered them, and no name stands over them; what they said before they were edited
    goes, and so do reasons of reports, mentions, and the mark of what was told.
    """
    own = select(Post.id).where(Post.author_id == person.id)
    db.execute(delete(PostVersion).where(PostVersion.post_id.in_(own)))
    db.execute(delete(Mention).where(Mention.person_id == person.id))
    db.execute(delete(DigestMark).where(DigestMark.person_id == person.id))
    db.execute(update(PostReport).where(PostReport.reporter_id == person.id).values(reason=""))
    db.flush()
