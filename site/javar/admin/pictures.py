"""The admin's forms for files: pictures are redrawn, and no document is a picture."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from courses.kit.uploads import FIRST_BYTES, CleanFile, must_be_no_picture, redraw
from courses.kit.uploads.refusals import TooHeavyDocument, UnreadableDocument


class PictureField(WagtailImageField):
    """Takes the pixels of a picture and leaves the rest; says what is wrong in a sentence.

    Wagtail's own field asks its decoder before it has measured anything, so that a bomb ends in
    an error of the program.
    """

    def to_python(self, data: UploadedFile | None) -> Any:
        """Return the redrawn picture under the name it had."""
        if data in self.empty_values:
            return None
        assert data is not None  # noqa: S101 - for the types alone
        try:
            if data.size and self.max_upload_size and data.size > self.max_upload_size:
                raise TooHeavyDocument(megabytes=self.max_upload_size // 1024**2)
            data.seek(0)
            drawn = redraw(data.name or "", data.read())
        except UnreadableDocument as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return super().to_python(CleanFile(drawn.data, name=data.name))


class PictureForm(BaseImageForm):
    """Wagtail's form of a picture, with our field for its file wherever it asks for one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        theirs = self.fields.get("file")
        if theirs is not None:
            self.fields["file"] = PictureField(
                label=theirs.label, required=theirs.required, widget=theirs.widget
            )


class DocumentForm(BaseDocumentForm):
    """Wagtail's form of a document, which takes no picture under another name."""

    def clean_file(self) -> Any:
        """Look at how the file begins."""
        file = self.cleaned_data["file"]
        if file:
            file.seek(0)
            try:
                must_be_no_picture(file.name, file.read(FIRST_BYTES))
            except UnreadableDocument as refusal:
                raise ValidationError(str(refusal), code=refusal.code) from refusal
            finally:
                file.seek(0)
        return file
