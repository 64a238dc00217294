"""Settings: what holds without any, and how a bad value is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import settings
from models.settings import BadSetting


def test_an_empty_environment_gives_a_working_installation() -> None:
    place = settings.load({})
    assert (place.port, place.host, place.max_body) == (8050, "0.0.0.0", 8 * 1024**2)  # noqa: S104
    assert place.embedded
    assert place.totp_required
    assert place.cookie_secure is None
    assert place.key_dir == place.data_dir / "keys"
    assert place.fonts_dir == place.data_dir / "fonts"
    assert place.base_url == "http://localhost:8050"


def test_folders_follow_the_data_folder_and_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    place = settings.load({"DATA_DIR": "a b", "KEY_DIR": "/k"})
    assert place.data_dir == tmp_path / "a b"
    assert place.key_dir == Path("/k")
    assert place.fonts_dir == tmp_path / "a b" / "fonts"


def test_the_default_data_folder_depends_on_who_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert settings.load({}).data_dir == Path("/var/lib/lvyue")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert settings.load({}).data_dir == settings.ROOT / ".data"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_the_driver_is_named_whatever_the_scheme(scheme: str) -> None:
    place = settings.load({"DATABASE_URL": f"{scheme}://app:x@db/lvyue"})
    assert place.database_url == "postgresql+psycopg2://app:x@db/lvyue"
    assert place.owner_database_url == place.database_url
    assert not place.embedded


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "²"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "10"),
        ("COOKIE_SECURE", "yes"),
        ("TOTP", "off"),
        ("MAX_BODY", "8M"),
        ("MAX_BODY", "10"),
        ("BASE_URL", "platform.example"),
        ("BASE_URL", "https://a.example/?q=1"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        settings.load({name: value})
    allowed = next(v.allowed for v in settings.VARIABLES if v.name == name)
    for part in (name, value, allowed):
        assert part in str(refusal.value)


@pytest.mark.parametrize("value", ["mysql://root:secret@db/x", "sqlite:///x.db", "secret", "postgresql://"])
def test_another_database_is_refused_without_showing_its_password(value: str) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL") as refusal:
        settings.load({"DATABASE_URL": value})
    assert "secret" not in str(refusal.value)


def test_an_owner_without_a_database_is_refused() -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        settings.load({"OWNER_DATABASE_URL": "postgresql://owner:x@db/lvyue"})


def test_every_setting_is_documented_once() -> None:
    names = [v.name for v in settings.VARIABLES]
    assert len(names) == len(set(names)) == len(settings.Settings.__dataclass_fields__)
