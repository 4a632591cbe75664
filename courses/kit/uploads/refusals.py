"""Why a file is not taken."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class UnreadableDocument(Refusal):
    """The file cannot be taken. Every refusal of `read_document` is one of these."""

    code = "unreadable_document"
    sentence = _("This file cannot be read. Save it again as JPEG or PDF and hand it in anew.")


class EmptyDocument(UnreadableDocument):
    """There is nothing in the file."""

    code = "document_empty"
    sentence = _("This file is empty. Save it on your device first and choose it again.")


class TooHeavyDocument(UnreadableDocument):
    """More than `MOST_BYTES`."""

    code = "document_too_heavy"
    sentence = _(
        "This file is larger than %(megabytes)s MB."
        " Take the photo at a smaller size, or save fewer pages."
    )


class StrangeName(UnreadableDocument):
    """Control characters, directions or folders in the name."""

    code = "document_name"
    sentence = _(
        "The name of this file has signs that a file name may not have."
        " Rename it, for example to photo.jpg, and choose it again."
    )


class WrongKindOfDocument(UnreadableDocument):
    """The name ends in something we do not take."""

    code = "document_kind"
    sentence = _(
        "Only pictures (JPEG, PNG, WebP) and PDF files are taken."
        " Save the file as one of these, or take a photo of it."
    )


class NoPicture(UnreadableDocument):
    """The name ends in something that is no picture we publish."""

    code = "not_a_picture"
    sentence = _("Only pictures (JPEG, PNG, WebP) are taken here. Save it as one of these.")


class PictureUnderAnotherName(UnreadableDocument):
    """A picture that does not say so; pictures are redrawn before they are published."""

    code = "picture_under_another_name"
    sentence = _(
        "This is a picture under another name."
        " Give its name the ending of a picture, such as .jpg, and add it to the images."
    )


class DisguisedDocument(UnreadableDocument):
    """The content is not what the name says, or it is two kinds of file at once."""

    code = "document_disguised"
    sentence = _(
        "The content of this file is not what its name says."
        " Open it on your device and save it anew as JPEG or PDF."
    )


class TooManyPixels(UnreadableDocument):
    """More than `MOST_PIXELS`, or a side longer than `LONGEST_SIDE`."""

    code = "picture_too_large"
    sentence = _(
        "This picture has more than %(megapixels)s million pixels. Make it smaller and try again."
    )


class MovingPicture(UnreadableDocument):
    """More than one frame."""

    code = "picture_moves"
    sentence = _("Moving pictures are not taken. Hand in a still picture.")


class BrokenPicture(UnreadableDocument):
    """The picture cannot be decoded from beginning to end."""

    code = "picture_broken"
    sentence = _("This picture is damaged or incomplete. Take it again, or save it anew as JPEG.")


class BrokenPdf(UnreadableDocument):
    """The PDF lacks what every PDF has, or has something behind its end."""

    code = "pdf_broken"
    sentence = _("This PDF is damaged or incomplete. Print it to a new PDF and hand that in.")


class ActivePdf(UnreadableDocument):
    """The PDF does more than show pages, or hides what it does."""

    code = "pdf_active"
    sentence = _(
        "This PDF does more than show pages: it has a script, a form or an attached file in it."
        " Print it to a new PDF, or take photos of its pages."
    )


class LockedPdf(UnreadableDocument):
    """The PDF is encrypted."""

    code = "pdf_locked"
    sentence = _("This PDF is locked with a password. Save it without one and hand that in.")
