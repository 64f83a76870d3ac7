"""A second URLconf, which middleware names; tests put their views into it."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
