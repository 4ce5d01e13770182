"""{% load rights %}{% if user|may:"import" %} … {% endif %}"""

from django import template

from teams import rights

register = template.Library()
register.filter("may", rights.may)
