"""The colours of code, light and dark: few, warm, each at 4.5:1 or more on the background of a block."""

from __future__ import annotations

from typing import ClassVar

from pygments.style import Style
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, Text


class Light(Style):
    """On the light background."""

    name = "gingerdj-light"
    background_color = "#fbf8f5"
    styles: ClassVar = {
        Text: "#26211d",
        Comment: "#6a625b",
        Keyword: "#8a3a8f",
        Keyword.Constant: "#8a4b00",
        Literal: "#8a4b00",
        Name.Attribute: "#1c5f8c",
        Name.Builtin: "#1c5f8c",
        Name.Class: "#9a3b06",
        Name.Constant: "#8a4b00",
        Name.Decorator: "#9a3b06",
        Name.Function: "#9a3b06",
        Name.Tag: "#1c5f8c",
        Name.Variable: "#1c5f8c",
        Number: "#8a4b00",
        Operator.Word: "#8a3a8f",
        String: "#2c6a33",
        Generic.Emph: "italic #6a625b",
        Generic.Error: "#a61b1b",
        Generic.Output: "#575049",
        Generic.Prompt: "#7a6f66",
        Generic.Traceback: "#575049",
    }


class Dark(Style):
    """On the dark background."""

    name = "gingerdj-dark"
    background_color = "#1e1b18"
    styles: ClassVar = {
        Text: "#e6dfd8",
        Comment: "#a1978d",
        Keyword: "#d9a6e0",
        Keyword.Constant: "#f0b36a",
        Literal: "#f0b36a",
        Name.Attribute: "#8cc4ee",
        Name.Builtin: "#8cc4ee",
        Name.Class: "#ffad7a",
        Name.Constant: "#f0b36a",
        Name.Decorator: "#ffad7a",
        Name.Function: "#ffad7a",
        Name.Tag: "#8cc4ee",
        Name.Variable: "#8cc4ee",
        Number: "#f0b36a",
        Operator.Word: "#d9a6e0",
        String: "#9ccf94",
        Generic.Emph: "italic #a1978d",
        Generic.Error: "#ff9c8f",
        Generic.Output: "#b9afa5",
        Generic.Prompt: "#a1978d",
        Generic.Traceback: "#b9afa5",
    }
