"""Bringing a file of translations, and saying how it is to be taken over."""

from typing import Any

from flask import request
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import CombinedMultiDict
from wtforms import BooleanField, HiddenField, SelectMultipleField

from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form
from lms.ui.security import SAFE


class UploadForm(Form):
    """The one form that takes a file."""

    class Meta(Form.Meta):
        def wrap_formdata(self, _form: Any, _formdata: Any) -> Any:
            return CombinedMultiDict([request.files, request.form]) if request.method not in SAFE else None

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose the file you have worked in."))])


class TakeOverForm(Form):
    upload = HiddenField()
    for_review = BooleanField(_l("Hand over for review what the file calls done"), default=True)
    instead = SelectMultipleField(validate_choice=False)
