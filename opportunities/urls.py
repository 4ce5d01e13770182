from django.urls import path

from opportunities.views import board, changes, closing, columns, conversion, deals, opportunity

app_name = "opportunities"
urlpatterns = [
    path("", board.board_page, name="board"),
    path("changes/", changes.changes, name="changes"),
    path("list/", deals.deals, name="deals"),
    path("list/file/", deals.deals_file, name="deals_file"),
    path("forecast/", deals.forecast_page, name="forecast"),
    path("filter/", board.filter_page, name="filter"),
    path("new/", opportunity.new, name="new"),
    path("conversion/<int:lead_pk>/", conversion.conversion, name="conversion"),
    path("<int:pk>/", opportunity.opportunity_page, name="opportunity"),
    path("<int:pk>/stage/", board.stage, name="stage"),
    path("<int:pk>/column/", columns.column, name="column"),
    path("<int:pk>/closing/", closing.closing, name="closing"),
    path("<int:pk>/owner/", opportunity.owner, name="owner"),
    path("<int:pk>/facts/", opportunity.facts, name="facts"),
    path("<int:pk>/note/", opportunity.note, name="note"),
    path("<int:pk>/call/", opportunity.call, name="call"),
    path("<int:pk>/activities/", opportunity.activities, name="activities"),
]
