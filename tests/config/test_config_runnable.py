"""What is told of commands beforehand: whether they are there, and whether they stay."""

from collections.abc import Callable

import pytest
from machines import machine

from overseer.config import load
from overseer.model.argv import split
from overseer.model.background import advice, goes_to_background, others_work, stays_in_foreground

Write = Callable[..., str]
IN_BACKGROUND = """
redis-server /etc/x.conf --daemonize yes
/usr/sbin/nginx
gunicorn --daemon app:app
gunicorn3 -D app
python3 -m gunicorn -D app
/srv/venv/bin/python /srv/venv/bin/gunicorn app:app --daemon
uwsgi --daemonize /tmp/x.log
uwsgi --daemonize=/tmp/x
httpd
apache2 -k start
apachectl start
apache2ctl -k start
php-fpm
php-fpm8.2
memcached -d -m 64
memcached -vd
pm2 start app.js
bundle exec sidekiq -d -e production
celery multi start w1
celery -A proj worker --detach
bundle exec unicorn_rails -c x -D
puma --daemon
thin -d start
mongod --fork --logpath x
haproxy -D -f /x
rsyslogd
cron
/usr/sbin/crond
/usr/sbin/sshd
sshd -p 22
supervisord
start-stop-daemon --start --background --exec /x
setsid /srv/x
sudo -u deploy gunicorn -D app
env A=1 nginx
A=1 nginx
nice -n 5 redis-server --daemonize yes
systemctl start x
docker run --rm -d x
docker compose -f x up -d
screen -dmS x y
tmux new-session -s x -d y
postfix start
atd
service nginx start
rails server -d
bin/delayed_job start
ssh -fN host
timeout 5 memcached -d
pg_ctl -D /x start
su - www -c nginx
su - x -c 'prog &'
sh -c 'nohup prog > x 2>&1 &'
sh -c 'nohup p & echo $! > /run/x'
bash -lc 'cd /x && exec gunicorn -D a'
sh -c 'prog & disown'
"""
IN_FOREGROUND = """
redis-server /etc/x.conf --daemonize no
redis-server
nginx -g 'daemon off;'
nginx -t
gunicorn -b 0:80 -w 4 app --daemon-threads
uwsgi --ini /etc/x.ini
apache2 -DFOREGROUND
apache2ctl -D FOREGROUND
apachectl configtest
php-fpm -F
php-fpm8.2 --nodaemonize
memcached -u nobody -m 64
pm2-runtime start app.js
pm2 start app.js --no-daemon
celery -A proj worker -l info
mongod --config /etc/x
haproxy -f /etc/x -db
haproxy -Ws -f /etc/x
rsyslogd -n
cron -f
crond -n
sshd -D
sshd -De
supervisord -n
setsid --wait /srv/x
python app.py nginx
/srv/app/web --daemon
ssh -N host
docker run --rm x
pg_ctlcluster 15 main start --foreground
postfix start-fg
nohup /srv/prog
java -jar x start
sh -c 'a & exec b'
sh -c 'a & wait'
sh -c 'nginx; tail -f x'
sh -c 'prog 2>&1 | logger'
sh -c 'prog >& x'
sh -c 'an unclosed "quote'
"""
CONFIGURATIONS = [
    ("redis-server /x.conf", "port 1\ndaemonize yes\n", True),
    ("redis-server /x.conf --daemonize no", "daemonize yes\n", False),
    ("redis-server /x.conf", "# daemonize yes\n", False),
    ("nginx -c /x.conf", "user www;\ndaemon off;  # foreground\n", False),
    ("nginx -c /x.conf", "# daemon off;\n", True),
    ("nginx -c /x.conf", "", False),  # it is not there yet
    ("php-fpm -y /x.conf", "[global]\ndaemonize = no\n", False),
    ("gunicorn -c /x.conf app", "daemon = True\n", True),
    ("mongod -f /x.conf", "processManagement:\n  fork: true\n", True),
    ("supervisord -c /x.conf", "[supervisord]\nnodaemon=true\n", False),
    ("haproxy -f /x.conf", "global\n    daemon\n", True),
    ("haproxy -Ws -f /x.conf", "global\n    daemon\n", False),
]


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.field("A2")
@pytest.mark.parametrize("command", lines(IN_BACKGROUND))
def test_what_goes_to_the_background_is_told_by_its_words(command: str) -> None:
    words = split(command)

    assert goes_to_background(words) is not None
    assert not advice(words).startswith("write its foreground option")


@pytest.mark.parametrize("command", lines(IN_FOREGROUND))
def test_and_what_stays_is_not(command: str) -> None:
    assert goes_to_background(split(command)) is None


@pytest.mark.parametrize(("command", "configuration", "goes"), CONFIGURATIONS)
def test_or_by_its_configuration(command: str, configuration: str, goes: bool) -> None:
    daemon = goes_to_background(split(command), {"/x.conf": configuration}.__getitem__)

    assert (daemon is not None) is goes


def test_the_children_of_some_programs_are_other_peoples_work() -> None:
    assert others_work(split("/usr/sbin/sshd -D")) == "sessions"
    assert others_work(split("env A=1 nice -n 5 cron -f")) == "jobs"
    assert others_work(split("sshd -p 22")) == ""  # in the background: a copy among sessions
    assert others_work(split("sh -c 'cd / && sshd -D'")) == ""  # the shell is the process
    assert others_work(split("postgres -D /x")) == ""


def test_what_stays_by_an_option_needs_no_pid_file() -> None:
    assert stays_in_foreground(split("nginx -g 'daemon off;'"))
    assert not stays_in_foreground(split("nginx"))


def warnings(write: Write, watches: str, **more: object) -> list[str]:
    config = load([write(watches)], check_host=False, host=machine(**more))
    return [one.message for one in config.warnings]


def lacking(*words: str) -> frozenset[str]:
    folders = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/")
    places = (f"{folder.rstrip('/')}/{word}" for folder in folders for word in words)
    return frozenset((*places, *words))


@pytest.mark.field("C4")
@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("command: gone -x", "command: there is no program gone in /usr/local/sbin:"),
        ("command: x, env: {PATH: /opt}, stop: x", ""),
        ("command: bin/gone", "bin/gone is looked for in / (dir), where there is no program /bin/"),
        ("command: ./gone", "./gone is looked for in / (dir), where there is no program /gone"),
        ("command: x, stop: gone", "stop: there is no program gone"),
        ("command: x, restart: gone", "restart: there is no program gone"),
        ("command: x, reload: gone", "reload: there is no program gone"),
        ("command: x, reload: HUP", ""),
        ("command: x, check_before_restart: gone", "check_before_restart: there is no"),
        ("command: x, hooks: {before_start: gone}", "before_start: there is no program gone"),
        ("command: x, behaviors: [{run: gone}]", "there is no program gone"),
        ("command: x, healthy: [run: gone]", "there is no program gone"),
        ("command: x, ready: [run: gone]", "there is no program gone"),
        ("command: x, restart_if: [{command: {fails: gone}}]", "there is no program gone"),
        ("command: gone && x, shell: true", ""),
        ("start: gone, pid_file: /run/x.pid", "start: there is no program gone"),
        ("command: gone, schedule: '@daily'", "command: there is no program gone"),
        ("command: gone, env_file: /etc/x", ""),
        ("command: gone, chroot: /srv", ""),
    ],
)
def test_what_a_launch_will_not_find_is_said(keys: str, message: str, write: Write) -> None:
    files = frozenset({"/etc/x", "/srv/dev/null"})
    folders = frozenset({"/", "/run", "/srv", "/srv/"})
    found = warnings(
        write,
        f"watches: {{web: {{{keys}, user: root}}}}",
        lacking=lacking("gone"),
        files=files,
        folders=folders,
    )

    assert len(found) == bool(message)
    assert all(message in one for one in found)


def test_the_path_of_the_settings_is_where_it_looks(write: Write) -> None:
    text = "settings: {path: /opt/bin}\nwatches: {web: {command: x, user: root}}\n"

    (found,) = warnings(write, text, lacking=frozenset({"/opt/bin/x"}))

    assert found.startswith("command: there is no program x in /opt/bin (PATH); install it, write")


def test_so_it_is_for_contacts_and_the_states_of_a_task(write: Write) -> None:
    text = """
contacts: {ops: {command: gone}}
watches:
  t: {notify: ops, states: {a: {command: gone}, b: null}, initial_state: a, user: root, transitions:
    [{from: a, when: always, to: b}]}
"""
    assert len(warnings(write, text, lacking=lacking("gone"))) == 2


@pytest.mark.field("A2")
@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("command: nginx", "it goes to the background, where overseer ends it; write -g 'daemon"),
        ("command: redis-server /x.conf", "write --daemonize no after it, or `start:` and"),
        ("command: gunicorn -D x", "leave out --daemon, or write `start:` and `pid_file:`"),
        ("command: 'x > /tmp/x 2>&1 &', shell: true", "leave out the &"),
        ("start: nginx -g 'daemon off;', pid_file: /run/x.pid", "start: it stays in the"),
        (
            "command: /usr/sbin/sshd -D",
            "its sessions outlive it; write kill: process, or kill: tree",
        ),
        ("command: /usr/sbin/sshd -D, kill: process", ""),
        ("command: sh -c 'cd /x && sshd -D'", "a stop ends its sessions too"),
        ("command: docker run -d x", "what it starts is no child of overseer"),
        ("command: docker run -d x, schedule: '@daily'", ""),
        ("start: nginx, pid_file: /run/x.pid", ""),
    ],
)
def test_check_says_what_it_can_tell_of_the_background(
    keys: str, message: str, write: Write
) -> None:
    texts = {"/x.conf": "daemonize yes\n"}

    found = warnings(write, f"watches: {{web: {{{keys}, user: root}}}}", texts=texts)

    assert len(found) == bool(message)
    assert all(message in one for one in found)


@pytest.mark.field("A2")
@pytest.mark.parametrize(
    ("keys", "kill", "leftovers"),
    [
        ("command: /usr/sbin/sshd -D", "process", "leave"),
        ("command: /usr/sbin/sshd -D, kill: tree", "tree", "end"),
        ("command: /usr/sbin/sshd -D, leftovers: wait", "process", "wait"),
        ("command: /usr/sbin/sshd", "tree", "end"),
        ("command: sudo sshd -D", "tree", "end"),
        ("command: cron -f", "process", "leave"),
        ("command: /usr/bin/dockerd -H fd://", "process", "leave"),
        ("command: /srv/web", "tree", "end"),
        ("command: postgres -D /x", "tree", "end"),
    ],
)
def test_other_peoples_work_is_not_ended_by_default(
    keys: str, kill: str, leftovers: str, write: Write
) -> None:
    path = write(f"watches: {{web: {{{keys}, user: root}}}}")
    program = load([path], check_host=False, host=machine()).watches["web"].program

    assert (program.kill, program.leftovers) == (kill, leftovers)
