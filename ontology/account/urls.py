"""Addresses of the account pages."""

from django.urls import path

from ontology.account import passwords, tokens, views

app_name = "account"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sessions/end/", views.sessions_end, name="sessions_end"),
    path("tokens/new/", tokens.token_new, name="token_new"),
    path("tokens/<uuid:token_id>/revoke/", tokens.token_end, name="token_revoke"),
    path("password/", passwords.password_change, name="password_change"),
    path("password/forgotten/", passwords.password_reset, name="password_reset"),
    path("password/set/<str:word>/<str:token>/", passwords.password_reset_set, name="password_reset_set"),
    path("invitation/<str:word>/<str:token>/", passwords.invitation, name="invitation"),
]
