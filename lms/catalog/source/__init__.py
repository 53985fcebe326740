"""Course packages as their authors write them: read, checked, drawn; and the gettext files of their translators.

Pure: files come in as bytes, pages and sentences go out. Must not know the database, the web, the reader's session,
or any kind of question: the kinds are handed in by the caller.
"""
