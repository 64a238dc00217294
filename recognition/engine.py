"""The OpenCV that recognition stands on, checked at the start.

Two distributions share the folder `cv2/`: `opencv-python` (asked for) and `opencv-contrib-python-headless` (declared by
DeepFace). Both are pinned to one version; if another got in, half of the files would be of one and half of the other.
"""

from __future__ import annotations

from importlib.metadata import version

DISTRIBUTIONS = ("opencv-python", "opencv-contrib-python-headless")


class WrongOpenCV(RuntimeError):
    """The installed OpenCV is not the one that was tried; the message says what to install."""


def check() -> str:
    """The version of OpenCV in use; WrongOpenCV when its two distributions differ or it lacks the face detector."""
    import cv2  # here, not above: the worker alone pays for it

    pinned = {name: version(name) for name in DISTRIBUTIONS}
    wanted = {".".join(text.split(".")[:3]) for text in pinned.values()}
    if wanted != {cv2.__version__} or not hasattr(cv2, "FaceDetectorYN"):
        raise WrongOpenCV(f"cv2 is {cv2.__version__}, installed are {pinned}: install requirements.txt again")
    return str(cv2.__version__)
