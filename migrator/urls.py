"""Every address of the site. Each feature brings its own; `projects/<slug>/` always passes the door."""

from allauth.account import views as allauth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView

# Of allauth's pages only those that make sense here: no sign-up, no changing of the address that was invited.
sign_in = [
    path("signup/", allauth.signup, name="account_signup"),  # says that one comes by invitation
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

urlpatterns = [
    path("live/", include("apps.checklists.urls_live")),
    path("", login_not_required(RedirectView.as_view(url="/projects/")), name="home"),
    path("accounts/", include(sign_in)),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.projects.urls")),
    path("", include("apps.jobs.urls")),
    path("", include("apps.assets.urls")),
    path("", include("apps.contacts.urls")),
    path("", include("apps.domains.urls")),
    path("", include("apps.checklists.urls")),
    path("", include("apps.cutover.urls")),
    path("", include("apps.overview.urls")),
    path("", include("apps.ui.urls")),
]

handler400 = "apps.ui.pages.bad_request"
handler403 = "apps.ui.pages.forbidden"
handler404 = "apps.ui.pages.not_found"
handler429 = "apps.ui.pages.too_many"
handler500 = "apps.ui.pages.server_error"
