"""`projects/<slug>/cutover/...`"""

from django.urls import path

from apps.cutover import views, views_redirects

app_name = "cutover"
ALL = "projects/<slug:slug>/cutover/"
LINES = f"{ALL}redirects/"
urlpatterns = [
    path(ALL, views.cutover, name="cutover"),
    path(LINES, views_redirects.redirect_list, name="redirect-list"),
    path(f"{LINES}new/", views_redirects.redirect_new, name="redirect-new"),
    path(f"{LINES}bulk/", views_redirects.redirect_bulk, name="redirect-bulk"),
    path(f"{LINES}bring-in/", views_redirects.redirect_bring_in, name="redirect-bring-in"),
    path(f"{LINES}import/", views_redirects.redirect_import, name="redirect-import"),
    path(f"{LINES}import/<int:pk>/take-back/", views_redirects.redirect_take_back, name="redirect-take-back"),
    path(f"{LINES}check/<str:when>/", views_redirects.redirect_check, name="redirect-check"),
    path(f"{LINES}file/<str:form>/", views_redirects.redirect_file, name="redirect-file"),
    path(f"{LINES}<int:pk>/", views_redirects.redirect_edit, name="redirect-edit"),
]
