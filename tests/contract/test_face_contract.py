"""What every face detector, landmarker and encoder promises; each implementation inherits it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from matcher.assemble import recognisers_of
from matcher.face.align import chip, similarity
from matcher.face.detect import Detector
from matcher.face.encode import Encoder
from matcher.face.landmarks import FACE, THOROUGH, Landmarker, refined
from matcher.face.mtcnn import Mtcnn
from matcher.face.recogniser import FaceRecogniser
from matcher.face.yunet import YuNet
from matcher.packs.adding import add
from matcher.packs.store import load_folder
from matcher.session import Session
from registry.types import Image

FACE_OF_ASTRONAUT = np.array([175, 60, 275, 178])
EYES_NOSE_MOUTH = np.array([(203, 103), (246, 104), (222, 128), (203, 142), (244, 144)])
"""Where they lie in the picture, as a person sees it; right to a few pixels."""


def bgr(picture: np.ndarray) -> Image:
    return np.ascontiguousarray(picture[..., ::-1])


@pytest.fixture
def astronaut() -> Image:
    return bgr(data.astronaut())


@pytest.fixture(scope="session")
def yunet(shared_models: Path) -> YuNet:
    return YuNet(Session(shared_models / "edge" / "yunet_s_dynamic.onnx"))


@pytest.fixture(scope="session")
def mtcnn(open_pack: Path) -> Mtcnn:
    return Mtcnn(*[Session(open_pack / f"{net}.onnx") for net in ("pnet", "rnet", "onet")])


class DetectorContract:
    @pytest.fixture
    def detector(self) -> Detector:
        raise NotImplementedError

    @pytest.mark.parametrize("share", [1.0, 0.5, 0.25])
    def test_finds_the_one_face_of_a_photo_also_at_a_glance(self, detector: Detector, astronaut: Image, share: float) -> None:
        found = detector.detect(astronaut, round(detector.side * share))
        assert len(found) == 1
        np.testing.assert_allclose(found.boxes[0], FACE_OF_ASTRONAUT, atol=15)
        np.testing.assert_allclose(found.landmarks[0], EYES_NOSE_MOUTH, atol=9)
        assert 0.6 < found.scores[0] <= 1

    def test_names_left_and_right_as_they_lie_in_the_picture_and_all_points_inside_the_box(
        self, detector: Detector, astronaut: Image
    ) -> None:
        for picture in (astronaut, np.ascontiguousarray(astronaut[:, ::-1])):
            found = detector.detect(picture, detector.side)
            left_eye, right_eye, nose, left_mouth, right_mouth = found.landmarks[0]
            assert left_eye[0] < nose[0] < right_eye[0]
            assert left_mouth[0] < right_mouth[0]
            assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
            assert (found.landmarks[0] > found.boxes[0, :2]).all()
            assert (found.landmarks[0] < found.boxes[0, 2:]).all()

    def test_boxes_and_points_are_in_pixels_of_the_picture_whatever_its_size(self, detector: Detector, astronaut: Image) -> None:
        large = cv2.resize(astronaut, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        found = detector.detect(large, detector.side)
        np.testing.assert_allclose(found.landmarks[0] / 3, EYES_NOSE_MOUTH, atol=9)

    def test_gives_several_faces_best_first(self, detector: Detector, astronaut: Image) -> None:
        faded = cv2.addWeighted(astronaut, 0.3, np.full_like(astronaut, 128), 0.7, 0)
        found = detector.detect(np.hstack([faded, astronaut]), 1024)
        assert len(found) == 2
        assert found.boxes[0, 0] > 512
        assert (np.diff(found.scores) <= 0).all()

    @pytest.mark.parametrize("name", ["coffee", "rocket", "brick"])
    def test_sees_no_face_where_there_is_none(self, detector: Detector, name: str) -> None:
        picture = getattr(data, name)()
        picture = bgr(picture if picture.ndim == 3 else np.dstack([picture] * 3))
        assert len(detector.detect(picture, detector.side)) == 0

    @pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 2000), (2000, 1), (11, 640)])
    @pytest.mark.parametrize("side", [64, 640])
    def test_a_picture_too_small_for_any_face_has_none(self, detector: Detector, size: tuple[int, int], side: int) -> None:
        found = detector.detect(np.full((*size, 3), 120, np.uint8), side)
        assert (found.boxes.shape, found.scores.shape, found.landmarks.shape) == ((0, 4), (0,), (0, 5, 2))


class TestYuNet(DetectorContract):
    @pytest.fixture
    def detector(self, yunet: YuNet) -> Detector:
        return yunet


class TestMtcnn(DetectorContract):
    @pytest.fixture
    def detector(self, mtcnn: Mtcnn) -> Detector:
        return mtcnn


class LandmarkerContract:
    @pytest.fixture
    def landmarker(self) -> Landmarker:
        raise NotImplementedError

    def closeup(self, picture: Image, side: int, share: float = 0.5) -> tuple[Image, np.ndarray]:
        """The astronaut's face upright in the middle, and where its points lie there."""
        into = similarity(EYES_NOSE_MOUTH, FACE * side * share + side / 2)
        return cv2.warpAffine(picture, into, (side, side)), EYES_NOSE_MOUTH @ into[:, :2].T + into[:, 2]

    @pytest.mark.parametrize("side", [160, 224])
    def test_gives_the_points_of_the_face_in_the_middle_and_is_sure_of_it(
        self, landmarker: Landmarker, astronaut: Image, side: int
    ) -> None:
        picture, points = self.closeup(astronaut, side)
        found = landmarker.closeups(np.stack([picture, picture[:, ::-1]]))
        assert (found.scores > 0.8).all()
        np.testing.assert_allclose(found.landmarks[0], points, atol=0.06 * side)

    def test_each_of_several_pictures_gets_its_own_answer(self, landmarker: Landmarker, astronaut: Image) -> None:
        picture, _ = self.closeup(astronaut, 160)
        found = landmarker.closeups(np.stack([np.zeros_like(picture), picture]))
        alone = landmarker.closeups(picture[None])
        assert found.scores[0] < 0.05 < found.scores[1]
        np.testing.assert_allclose(found.landmarks[1], alone.landmarks[0], atol=0.5)

    def test_a_picture_without_a_face_scores_near_nothing(self, landmarker: Landmarker) -> None:
        noise = np.random.default_rng(1).integers(0, 255, (160, 160, 3), np.uint8)
        coffee = cv2.resize(bgr(data.coffee()), (160, 160))
        assert landmarker.closeups(np.stack([np.zeros_like(noise), noise, coffee])).scores.max() < 0.3

    def test_a_face_that_is_not_in_the_middle_is_somebody_else(self, landmarker: Landmarker, astronaut: Image) -> None:
        picture, _ = self.closeup(astronaut, 224)
        aside = np.zeros_like(picture)
        aside[:120, :120] = cv2.resize(picture[40:184, 40:184], (120, 120))
        assert landmarker.closeups(aside[None]).scores[0] < 0.3

    @pytest.mark.parametrize("degrees", [-40, 40])
    def test_a_second_look_brings_the_points_of_a_leaning_head_nearer(
        self, landmarker: Landmarker, astronaut: Image, degrees: int
    ) -> None:
        turn = cv2.getRotationMatrix2D((224, 119), degrees, 1)
        leaning = cv2.warpAffine(astronaut, turn, (512, 512))
        upright = refined(landmarker, astronaut, EYES_NOSE_MOUTH, THOROUGH)
        truth = upright @ turn[:, :2].T + turn[:, 2]
        before = landmarker.detect(leaning, 640).landmarks[0]  # both are detectors as well
        after = refined(landmarker, leaning, before, THOROUGH)
        assert error(after, truth) < error(before, truth)
        assert error(after, truth) < 7

    def test_points_stay_as_they_were_where_a_second_look_sees_nothing(self, landmarker: Landmarker) -> None:
        nothing = np.full((300, 300, 3), 90, np.uint8)
        before = EYES_NOSE_MOUTH / 2.0
        np.testing.assert_array_equal(refined(landmarker, nothing, before, THOROUGH), before)


def error(points: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance in pixels."""
    return float(np.linalg.norm(points - truth, axis=1).mean())


class TestYuNetLandmarks(LandmarkerContract):
    @pytest.fixture
    def landmarker(self, yunet: YuNet) -> Landmarker:
        return yunet


class TestMtcnnLandmarks(LandmarkerContract):
    @pytest.fixture
    def landmarker(self, mtcnn: Mtcnn) -> Landmarker:
        return mtcnn


class EncoderContract:
    dimensions: int
    alike: float
    """A cosine that one face, mirrored or brightened, reaches and that no other face does."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        raise NotImplementedError

    @pytest.fixture
    def face(self, encoder: Encoder, astronaut: Image) -> Image:
        return chip(astronaut, EYES_NOSE_MOUTH, encoder.places, encoder.size)

    def test_vectors_have_unit_length_whatever_the_picture(self, encoder: Encoder, face: Image) -> None:
        noise = np.random.default_rng(1).integers(0, 255, face.shape, np.uint8)
        vectors = encoder.encode(np.stack([face, noise, np.zeros_like(face), np.full_like(face, 255)]))
        assert (vectors.shape, vectors.dtype) == ((4, self.dimensions), np.float32)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)

    def test_the_same_face_mirrored_or_brightened_is_alike_and_a_coffee_is_not(self, encoder: Encoder, face: Image) -> None:
        bright = cv2.convertScaleAbs(face, alpha=1.2, beta=10)
        coffee = cv2.resize(bgr(data.coffee()), (encoder.size, encoder.size))
        original, mirrored, brightened, other = encoder.encode(np.stack([face, face[:, ::-1], bright, coffee]))
        assert min(original @ mirrored, original @ brightened) > self.alike > original @ other

    def test_many_at_once_are_encoded_as_one_by_one(self, encoder: Encoder, face: Image) -> None:
        chips = np.stack([np.roll(face, shift, axis=1) for shift in range(5)])
        singles = np.concatenate([encoder.encode(one[None]) for one in chips])
        np.testing.assert_allclose(encoder.encode(chips), singles, atol=1e-4)

    def test_the_places_of_the_five_points_lie_inside_the_chip(self, encoder: Encoder) -> None:
        assert encoder.places.shape == (5, 2)
        assert (encoder.places > 0).all()
        assert (encoder.places < encoder.size).all()


def encoder_of(recogniser: object) -> Encoder:
    assert isinstance(recogniser, FaceRecogniser)
    return recogniser._encoder


@pytest.fixture(scope="session")
def edge_encoder(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> Encoder:
    return encoder_of(recognisers_of(add(tmp_path_factory.mktemp("models"), shared_models / "edge"))[0])


@pytest.fixture(scope="session")
def open_encoder(open_pack: Path) -> Encoder:
    return encoder_of(recognisers_of(load_folder(open_pack))[0])


class TestEncoderOfEdge(EncoderContract):
    dimensions, alike = 256, 0.6

    @pytest.fixture
    def encoder(self, edge_encoder: Encoder) -> Encoder:
        return edge_encoder


class TestEncoderOfOpen(EncoderContract):
    dimensions, alike = 128, 0.95

    @pytest.fixture
    def encoder(self, open_encoder: Encoder) -> Encoder:
        return open_encoder


def test_two_packs_never_share_the_id_of_an_encoder(edge_encoder: Encoder, open_encoder: Encoder) -> None:
    assert edge_encoder.id != open_encoder.id
