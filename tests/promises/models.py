"""What the ORM is used on: import it once Django is set up."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Visit(models.Model):
    """A row that a view writes."""

    name = models.CharField(max_length=50)
    objects: ClassVar[models.Manager[Visit]] = models.Manager()

    class Meta:
        app_label = "promises"

    def __str__(self) -> str:
        return self.name
