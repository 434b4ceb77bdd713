"""A job whose function has another name by now."""

import subprocess
from pathlib import Path

from storms.post import MAIL, post, wait
from storms.verdict import Verdict

APPLICATION = """
from overseer.outbox import Jobs
jobs = Jobs()

@jobs.job{kind}
def {name}(number):
    open("done", "a").write(f"{{number}}\\n")
"""
JOBS = 20


def storm(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    shop, done = folder / "shop.py", folder / "done"
    with post(folder, url) as here:
        for number in range(JOBS):
            here.outbox.put("charge", {"number": number})
        shop.write_text(APPLICATION.format(kind="", name="charge_card"))
        worker = here.work("--app", "shop:jobs", cwd=folder)
        wait(lambda: here.outbox.counts().dead == JOBS, every=0.1)
        reasons = {row.text for row in here.outbox.rows("dead")}
        worker.terminate()
        worker.wait()
        shop.write_text(APPLICATION.format(kind='(kind="charge")', name="charge_card"))
        retry = subprocess.run(
            [*MAIL, "retry", "--url", here.url], capture_output=True, text=True, check=False
        )
        here.work("--app", "shop:jobs", cwd=folder)
        here.run_dry()
        left = here.outbox.counts().dead
    ran = done.read_text().split() if done.exists() else []
    return Verdict(
        what=f"{JOBS} jobs called charge, which is called charge_card by now",
        lost=JOBS - len(set(ran)),
        twice=len(ran) - len(set(ran)),
        bar="kept as dead with the reason; all run after `retry`",
        within=not left and len(reasons) == 1 and "did you mean 'charge_card'" in str(reasons),
        more=(f"reason: {'; '.join(reasons)}", f"retry: {retry.stdout.strip() or retry.stderr}"),
    )
