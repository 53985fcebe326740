"""Run by Alembic, on the connection that `operations.schema` hands over; there is no command line of its own."""

from alembic import context

from lms.operations.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
