"""The start refuses an OpenCV that was not tried."""

from __future__ import annotations

import pytest

from recognition import engine


def test_the_installed_opencv_is_one_and_has_the_face_detector() -> None:
    assert engine.check() == "4.14.0"


def test_two_versions_in_one_folder_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        engine, "version", {"opencv-python": "4.14.0.94", "opencv-contrib-python-headless": "5.0.0.93"}.get
    )
    with pytest.raises(engine.WrongOpenCV, match="install requirements"):
        engine.check()
