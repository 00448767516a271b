# ruff: noqa: E501
"""Whose export it is, and which column is what, from the headers of the fact sheet and in seven languages."""

import pytest

from engine import platforms
from engine.contacts.columns import Kind, read_fields, recognise_columns
from engine.contacts.limits import profile_of, recognise

PROFILES = [profile_of(platform) for platform in platforms.catalogue().values()]
EXPORTS = {
    "mailchimp": "Email Address,First Name,Last Name,Address,Phone Number,Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,"
    "CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS",
    "activecampaign": "Email,First Name,Last Name,Phone,Tags,Date Created,IP,Status",
    "highlevel": "Contact Id,First Name,Last Name,Phone,Email,Created,Last Activity,Tags",
    "kajabi": "ID,Name,Email,Address (address_line_1),Address Line 2 (address_line_2),City (address_city)",
    "kit": "first_name,email,created_at,status",
    "hubspot": "Record ID,First Name,Last Name,Email",
    "constant_contact": "Email address,First name,Email status,Email permission status,Email Lists,Tags",
    "shopify": "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company",
    "brevo": "EMAIL,LASTNAME,FIRSTNAME,SMS,EMAIL_BLACKLISTED,SMS_BLACKLISTED,ADDED_TIME,MODIFIED_TIME",
    "klaviyo": "Email,Klaviyo ID,First Name,Email Marketing Consent",
    "systeme_io": "Email,First name,Surname,Date registered,Tags",
    "wix": "First Name,Email 1,Labels,Email subscriber status,Created At (UTC+0)",
    "ontraport": "First Name,Email,Contact Tags",
}


@pytest.mark.parametrize(("key", "header"), EXPORTS.items())
def test_each_known_export_is_recognised_and_its_addresses_found(key, header):
    names = header.split(",")
    assert recognise(names, PROFILES).key == key
    assert "email" in names[recognise_columns(names, []).email].lower()
    assert recognise([name.upper() for name in reversed(names)], PROFILES).key == key


def test_an_old_mailchimp_export_of_who_has_left_is_recognised_and_forbids_mail():
    names = ["Email Address", "MEMBER_RATING", "OPTIN_TIME", "LEID", "EUID", "UNSUB_TIME", "UNSUB_REASON"]
    assert recognise(names, PROFILES).key == "mailchimp"
    assert recognise_columns(names, []).blocked_flags == (5,)


LANGUAGES = [
    "Vorname,Nachname,E-Mail-Adresse,Telefon,Status,Einwilligung,Anmeldedatum,Letzte Öffnung,Schlagwörter",
    "Vorname,Familienname,E-Mail,Handynummer,Abonnentenstatus,Zustimmung,Angemeldet am,Zuletzt geöffnet,Tags",
    "Prénom,Nom,Adresse e-mail,Téléphone,Statut,Consentement,Date d'inscription,Dernière ouverture,Étiquettes",
    "Prénom,Nom de famille,Courriel,Portable,Statut,Consentement,Inscrit le,Dernière activité,Mots-clés",
    "Nombre,Apellidos,Correo electrónico,Teléfono,Estado,Consentimiento,Fecha de suscripción,Última apertura,Etiquetas",
    "Nombre,Apellido,Dirección de correo electrónico,Móvil,Estado,Consentimiento,Fecha de alta,Última actividad,Etiquetas",
    "Nome,Cognome,Indirizzo email,Telefono,Stato,Consenso,Data di iscrizione,Ultima apertura,Etichette",
    "Nome,Cognome,Indirizzo di posta elettronica,Cellulare,Stato,Consenso,Iscritto il,Ultima attività,Tag",
    "Nome,Sobrenome,Endereço de e-mail,Telefone,Status,Consentimento,Data de inscrição,Última abertura,Etiquetas",
    "Nome,Apelido,Correio eletrónico,Telemóvel,Estado,Consentimento,Data de inscrição,Última atividade,Marcadores",
    "Voornaam,Achternaam,E-mailadres,Telefoonnummer,Status,Toestemming,Inschrijfdatum,Laatst geopend,Labels",
    "Voornaam,Achternaam,E-mail adres,Mobiel,Status,Toestemming,Ingeschreven op,Laatste activiteit,Tags",
    "First Name,Last Name,Email,Phone,Status,Consent,Opt-in Date,Last Open,Tags",
]


@pytest.mark.parametrize("header", LANGUAGES)
def test_columns_are_known_by_their_names_in_seven_languages(header):
    columns = recognise_columns(header.split(","), [])
    assert [columns.roles.get(number) for number in range(9)] == [
        "first_name", "last_name", "email", "phone", "status", "consent", "opted_in", "last_active", "tags",
    ]  # fmt: skip


def test_a_column_of_states_is_no_status():
    sample = [["a@b.mx", "Jalisco"], ["b@b.mx", "Oaxaca"], ["c@b.mx", ""]]
    assert recognise_columns(("Correo", "Estado"), sample).status == -1
    assert recognise_columns(("Correo", "Estado"), [["a@b.mx", "suscrito"], ["b@b.mx", "cancelado"]]).status == 1


@pytest.mark.parametrize(
    ("kind", "role"),
    [("text", "status"), ("option", "status"), ("boolean", "status"), ("url", ""), ("status", "status")],
)
def test_a_short_description_does_not_make_a_status_forgotten(kind, role):
    columns = recognise_columns(("Email", "Status"), [], read_fields([{"name": "Status", "type": kind}]))
    assert (columns.status >= 0) == (role == "status")


def test_the_address_column_is_the_one_that_was_described():
    fields = read_fields([{"name": "Private", "type": "email"}])
    assert recognise_columns(("Email", "Private"), [], fields).email == 1
    assert recognise_columns(("Email", "Note"), [], read_fields([{"name": "Email", "type": "text"}])).email == 0


def test_a_described_column_that_is_not_there_is_told():
    fields = read_fields([{"name": "Phone", "type": "phone"}, {"name": "e-mail", "type": "email"}])
    (missing,) = recognise_columns(("E-Mail", "Name"), [], fields).missing
    assert (missing.name, missing.kind) == ("Phone", Kind.PHONE)
