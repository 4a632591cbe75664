"""Why a bundle is refused."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class UnreadableBundle(Refusal):
    """The bundle cannot be read as a whole, so nothing of it is. `values["place"]` is file:line."""

    code = "unreadable_bundle"
    sentence = _("This file is no OneRoster bundle. Export it again as a zip of CSV files.")


class BundleTooLarge(UnreadableBundle):
    """Too heavy, too many files, or it unpacks to too much."""

    code = "bundle_too_large"
    sentence = _("This bundle unpacks to more than can be read. Export fewer schools at a time.")


class StrangeFileInBundle(UnreadableBundle):
    """A file the standard does not know, a folder, a link, a locked or a repeated file."""

    code = "bundle_strange_file"
    sentence = _(
        "%(place)s does not belong in a OneRoster bundle."
        " Zip the CSV files themselves, without a folder around them and without a password."
    )


class NoManifest(UnreadableBundle):
    """No manifest.csv."""

    code = "bundle_no_manifest"
    sentence = _("manifest.csv is missing. Export the bundle again as OneRoster 1.2.")


class WrongVersion(UnreadableBundle):
    """Another version than `VERSIONS`."""

    code = "bundle_wrong_version"
    sentence = _("%(place)s: this is not OneRoster 1.2. Export the bundle again in version 1.2.")


class NotBulk(UnreadableBundle):
    """A bundle of changes only."""

    code = "bundle_not_bulk"
    sentence = _(
        "%(place)s: only whole rosters (bulk) are read, no changes (delta). Export everything."
    )


class FileMissing(UnreadableBundle):
    """The manifest and the files in the bundle do not agree."""

    code = "bundle_file_missing"
    sentence = _(
        "%(place)s: the manifest and the files in the bundle do not agree on this file."
        " Export the bundle again."
    )


class WrongHeader(UnreadableBundle):
    """A header that is not the one prescribed."""

    code = "bundle_wrong_header"
    sentence = _(
        "%(place)s: the column “%(column)s” is missing or stands in the wrong place."
        " Put the headers right."
    )


class WrongCell(UnreadableBundle):
    """A cell that cannot be read: empty, of the wrong form, too long, or not UTF-8."""

    code = "bundle_wrong_cell"
    sentence = _(
        "%(place)s: “%(column)s” is empty or not written as OneRoster 1.2 wants it. Put it right."
    )


class WrongRow(UnreadableBundle):
    """A row that is no CSV, or has not as many cells as the header."""

    code = "bundle_wrong_row"
    sentence = _("%(place)s: this row cannot be read. Check its commas and quotation marks.")


class RepeatedRow(UnreadableBundle):
    """The same identifier twice in one file."""

    code = "bundle_repeated_row"
    sentence = _(
        "%(place)s: this identifier stands in an earlier row already. Take out one of the two."
    )


class DanglingReference(UnreadableBundle):
    """A reference to a row that is not there, or in a circle."""

    code = "bundle_dangling_reference"
    sentence = _(
        "%(place)s: “%(column)s” names a row that is not in the bundle, or itself. Put it right."
    )
