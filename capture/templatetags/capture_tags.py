"""Words of the capture log."""

from django import template

from leads import cleaning

register = template.Library()
register.simple_tag(cleaning.problem_words, name="problem_words")
