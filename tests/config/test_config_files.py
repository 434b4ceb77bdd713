"""What an argument on the command line means."""

from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.config import NoFile, find
from overseer.config.files import expand_root, ready_made

Write = Callable[..., Path]


def test_without_words_it_is_the_usual_file(write: Write) -> None:
    path = write("watches: {}\n")

    assert find([], str(path)) == (str(path),)


def test_a_usual_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoFile, match=r"overseer\.yml: no such file; name a watch file, or write"):
        find([], f"{tmp_path}/overseer.yml")


def test_words_are_seen_from_the_folder_they_were_typed_in(write: Write, tmp_path: Path) -> None:
    path = write("watches: {}\n", "conf/web.yml")

    assert find(["web.yml", "../conf"], "", cwd=str(tmp_path / "conf")) == (
        str(path),
        str(path.parent),
    )


def test_a_ready_made_watch_goes_by_its_name(write: Write, tmp_path: Path) -> None:
    path = write("watches: {}\n", "shelf/worker.yml")

    assert ready_made("worker", [f"{tmp_path}/shelf"]) == str(path)
    assert expand_root("worker", [f"{tmp_path}/shelf"]) == (str(path),)


def test_a_path_is_never_a_ready_made_watch(write: Write, tmp_path: Path) -> None:
    write("watches: {}\n", "shelf/worker.yml")

    assert ready_made("./worker", [f"{tmp_path}/shelf"]) is None


def test_a_word_that_means_nothing_is_said_with_what_was_looked_for() -> None:
    with pytest.raises(
        NoFile, match=r"^zzz: no such file, and no ready-made watch of that name in"
    ):
        find(["zzz"], "")


def test_the_shipped_mail_worker_is_found_by_name() -> None:
    assert find(["mail_worker"], "", cwd="/nowhere") == ("mail_worker",)


@pytest.mark.field("M1")
def test_a_daemon_gets_the_path_of_what_is_not_there(write: Write, tmp_path: Path) -> None:
    write("watches: {}\n", "web.yml")
    (tmp_path / "dangling.yml").symlink_to("nowhere.yml")
    (tmp_path / "itself.yml").symlink_to("itself.yml")
    (tmp_path / "empty").mkdir()
    words = ["web.yml", "gone.yml", "gone", "dangling.yml", "itself.yml", "empty", "mail_worker"]

    found = find(words, "", cwd=str(tmp_path), missing_too=True)

    assert found == (*(f"{tmp_path}/{word}" for word in words[:-1]), "mail_worker")
    assert find([], f"{tmp_path}/usual.yml", missing_too=True) == (f"{tmp_path}/usual.yml",)
    for word in words[1:-1]:
        with pytest.raises(NoFile):
            find([word], "", cwd=str(tmp_path))


def test_a_link_that_leads_back_to_itself_is_called_so(tmp_path: Path) -> None:
    loop = tmp_path / "loop.yml"
    loop.symlink_to(loop)

    with pytest.raises(NoFile, match="this link leads back to itself"):
        expand_root(str(loop))


@pytest.mark.parametrize("word", ["missing.yml", "./missing", "conf/missing.yaml"])
def test_ready_made_watches_are_no_answer_to_a_path(word: str) -> None:
    with pytest.raises(NoFile) as caught:
        expand_root(word)

    assert str(caught.value) == f"{word}: no such file"
