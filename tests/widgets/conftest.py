"""Pictures are kept as ``.svg``, whatever syrupy calls the extension."""

from pytest_textual_snapshot import SVGImageExtension

SVGImageExtension._file_extension = "svg"
SVGImageExtension.file_extension = "svg"
