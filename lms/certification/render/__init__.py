"""Printing certificates: the template folder, the press that runs apart, and the typesetter inside it.

`press` is what the platform uses; it starts `python -m lms.certification.render` and speaks to it. Only that process
ever imports WeasyPrint. Nothing here knows the database, the web or a language: it prints finished sentences.
"""
