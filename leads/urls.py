from django.urls import path

from core.merging import pages
from leads.views import acts, bulk, entry, exports, facts, lead, lists, mass, recent

app_name = "leads"
urlpatterns = [
    path("", lists.leads, name="leads"),
    path("new/", entry.new, name="new"),
    path("export/", exports.export, name="export"),
    path("selection/", bulk.bulk, name="bulk"),
    path("acts/", recent.recent, name="acts"),
    path("acts/<int:pk>/", mass.act, name="act"),
    path("acts/<int:pk>/undo/", mass.undo, name="undo_act"),
    path("duplicates/", pages.queue, {"kind": "lead"}, name="pairs"),
    path("duplicates/<int:pk>/", pages.judge, {"kind": "lead"}, name="pair"),
    path("merge/", pages.merge, {"kind": "lead"}, name="merge"),
    path("<int:pk>/", lead.lead, name="lead"),
    path("<int:pk>/facts/", facts.edit, name="edit"),
    path("<int:pk>/notes/", acts.note, name="note"),
    path("<int:pk>/calls/", acts.call, name="call"),
    path("<int:pk>/activities/", acts.activities, name="activities"),
    path("<int:pk>/activities/<int:activity>/completion/", acts.completion, name="completion"),
    path("<int:pk>/activities/<int:activity>/cancellation/", acts.cancellation, name="cancellation"),
    path("<int:pk>/owner/", acts.owner, name="owner"),
    path("<int:pk>/pool/", acts.pool, name="pool"),
    path("<int:pk>/disqualification/", acts.disqualification, name="disqualification"),
    path("<int:pk>/archive/", acts.archive, name="archive"),
    path("<int:pk>/restoration/", acts.restore, name="restore"),
    path("<int:pk>/duplicates/<int:pair>/", acts.duplicate, name="duplicate"),
]
