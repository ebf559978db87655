"""Files are written whole, by however many at once, and through no link."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from longzip.writing import write_whole

SIZE = 200_000


def test_threads_and_readers_never_see_a_part(tmp_path):
    path, failed, done = tmp_path / "a.json", [], threading.Event()
    contents = [bytes([65 + n]) * SIZE for n in range(4)]
    write_whole(path, contents[0])

    def writes(content):
        try:
            for _ in range(15):
                write_whole(path, content)
        except OSError as error:
            failed.append(error)

    def reads():
        while not done.is_set():
            if path.read_bytes() not in contents:
                failed.append("a part")

    reader = threading.Thread(target=reads)
    writers = [threading.Thread(target=writes, args=(content,)) for content in contents]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert failed == []
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


def test_links_are_replaced_and_devices_written_to(tmp_path):
    own, link, dangling = tmp_path / "own", tmp_path / "link", tmp_path / "dangling"
    own.write_bytes(b"mine")
    link.symlink_to(own)
    dangling.symlink_to(tmp_path / "nowhere")
    for path in (link, dangling):
        write_whole(path, b"new")
        assert path.read_bytes() == b"new"
        assert not path.is_symlink()
    assert own.read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()
    write_whole(tmp_path.__class__(os.devnull), b"new")


def test_the_mode_stays_and_a_failure_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_whole(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o640

    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"newer")
    assert path.read_bytes() == b"new"
    assert [item.name for item in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_by_way_of_what_has_to_be_put_in_order(number):
    code = (
        "import longzip.__main__ as m, time, sys\n"
        "import longzip.cli\n"
        "def main():\n"
        "    try:\n"
        "        print('ready', flush=True); time.sleep(60)\n"
        "    finally:\n"
        "        print('in order', flush=True)\n"
        "longzip.cli.main = main\n"
        "sys.exit(m.start())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert said == "in order\n"
    assert process.returncode == 128 + number
