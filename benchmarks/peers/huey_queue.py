"""huey on SQLite, as durable as ours: fsync at each commit.

python huey_queue.py put FILE COUNT | work FILE PORT THREADS COUNT       prints mails a second
"""

import smtplib
import sys
import threading
import time

from huey import SqliteHuey

BODY = "Subject: hello\r\n\r\n" + "x" * 980 + "\r\n"
SENDER, RCPT = "app@example.org", "ann@example.org"

huey = SqliteHuey(filename=sys.argv[2], fsync=True)
port = 0
done: list[float] = []
mine = threading.local()


@huey.task(retries=3)
def send(sender: str, rcpt: str, body: str) -> None:
    if not hasattr(mine, "line"):
        mine.line = smtplib.SMTP("127.0.0.1", port)
    mine.line.sendmail(sender, [rcpt], body)
    done.append(time.perf_counter())


def put(count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        send(SENDER, RCPT, BODY)
    return count / (time.perf_counter() - begun)


def work(threads: int, count: int) -> float:
    consumer = huey.create_consumer(workers=threads, periodic=False, initial_delay=0.01)
    consumer.start()
    while len(done) < count:
        time.sleep(0.01)
    consumer.stop()
    return (len(done) - 1) / (max(done) - min(done))


if sys.argv[1] == "put":
    print(put(int(sys.argv[3])))
else:
    port = int(sys.argv[3])
    print(work(int(sys.argv[4]), int(sys.argv[5])))
