"""What god configurations rely on, and what an import promises of every one of them."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gods import Imported

from overseer.cli.main import main
from overseer.errors import OverseerError
from overseer.importers import background, god, loadable, ruby
from overseer.importers.page import printable

Import = Callable[..., Imported]


@pytest.fixture
def run_file(imported: Import, tmp_path: Path) -> Callable[[str], Imported]:
    """What becomes of a file with these lines, and one usual watch behind them."""
    numbers = itertools.count()

    def run_file(lines: str, *, watch: str = "w.start = '/bin/web'; w.keepalive") -> Imported:
        path = tmp_path / f"file-{next(numbers)}.god"
        path.write_text(f"{lines}\nGod.watch {{ |w| w.name = 'web'; {watch} }}\n")
        return imported(path)

    return run_file


COMPLEX_OF = "r.condition(:complex) {{ |o| o.and(:{}) {{ |c| {} }} }}"
LOADED = [
    "File.join(GOD_ROOT, 'test')",
    "YAML.load('a: &x {b: 1}\nc: *x\nd: :symbol')",
    "FileUtils.pwd",
    "StringIO.new('x')",
    "LOG.info 'hello'; LOG.level = God::Logger::DEBUG; LOG.log(nil, :warn, 'x')",
    "God::Logger.syslog = false",
    "God::EventHandler.load; raise unless God::EventHandler.loaded?",
    "God::EventHandler.start",
    "applog(nil, :info, 'x')",
    "raise unless God::VERSION == God.version",
    "raise unless God::STOP_TIMEOUT_DEFAULT == 10 && God::DRB_PORT_DEFAULT == God.port",
    "raise if God.inited || God.pid_file_directory || God.terminate_timeout",
    "God.watches.each { }; God.groups.each { }; God.contacts.each { }",
    "Etc.getpwuid(0).name; Socket.gethostname; Time.parse('2012-01-01'); URI.parse('http://a')",
    "Net::HTTP; Net::SMTP; DRb; ERB; OptionParser; Timeout",
    "require 'god'; require 'god/cli/run'",
    "ORIGINAL_ARGV.empty?; $run = true",
    "class Missing < God::PollCondition; include God::Configurable; end",
    "begin; raise God::NoSuchWatchError, 'x'; rescue God::NoSuchWatchError; end",
]


@pytest.mark.field("F1")
def test_what_god_loads_before_a_configuration_is_there(
    run_file: Callable[[str], Imported],
) -> None:
    assert list(run_file("\n".join(LOADED)).config.watches) == ["web"]


@pytest.mark.field("F1")
def test_options_have_their_defaults_from_the_first_watch_on(
    run_file: Callable[..., Imported],
) -> None:
    found = run_file(
        "", watch='w.start = "/bin/web -d #{God.pid_file_directory} #{God.terminate_timeout}"'
    )

    assert found.config.watches["web"].program.command[-1:] == ("10",)
    assert "God.terminate_timeout" not in found.remarks


@pytest.mark.field("F1")
def test_the_folder_of_god_itself_is_said(run_file: Callable[..., Imported]) -> None:
    found = run_file("", watch="w.start = File.join(GOD_ROOT, 'bin/x')")

    assert "GOD_ROOT, the folder of god's own gem, is /" in found.remarks


OTHERS = "w.restart_if { |on| on.condition(:%s) { |c| %s } }"


@pytest.mark.field("F2")
def test_a_task_asks_for_a_process_by_its_pid_file(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "task.god"
    path.write_text(
        "God.task do |t|\n"
        "  t.name = 'watcher'; t.valid_states = [:up, :down]; t.initial_state = :up\n"
        "  t.transition(:up, :down) { |on| on.condition(:process_running) "
        "{ |c| c.running = false; c.pid_file = '/run/some.pid' } }\n"
        "  t.transition(:down, :up) { |on| on.condition(:process_running) "
        "{ |c| c.running = true; c.pid_file = '/run/some.pid' } }\n"
        "  t.transition(:up, :down) { |on| on.condition(:memory_usage) { |c| c.above = 5 } }\n"
        "end\n"
    )
    found = imported(path)

    down, up = found.config.watches["watcher"].transitions
    assert (down.to, type(down.when).__name__) == ("down", "Command")
    assert (down.when.fails, up.when.succeeds) == (up.when.succeeds, down.when.fails)  # type: ignore[attr-defined]
    assert "memory_usage is about a process, and a task has none" in found.remarks


def test_the_line_that_asks_for_a_pid_file_tells_living_from_dead(tmp_path: Path) -> None:
    path = tmp_path / "it's a.pid"

    def answers() -> bool:
        line = ["/bin/sh", "-c", loadable_line(path)]
        return subprocess.run(line, check=False, capture_output=True).returncode == 0

    assert not answers()
    path.write_text("")
    assert not answers()
    path.write_text(f"{os.getpid()}\n")
    assert answers()
    path.write_text("999999999\n")
    assert not answers()


def loadable_line(path: Path) -> str:
    from overseer.importers.pid_files import running

    return running(str(path))


@pytest.mark.field("F2")
@pytest.mark.parametrize(
    ("kind", "options", "remark"),
    [
        ("process_running", "c.running = false; c.pid_file = '/run/db.pid'", "depends_on: db"),
        ("process_running", "c.running = false; c.pid_file = '/run/x.pid'", "another process"),
        (
            "memory_usage",
            "c.above = 5; c.pid_file = '/run/db.pid'",
            "is that of db; write it there",
        ),
        ("cpu_usage", "c.above = 5; c.pid_file = '/run/x.pid'", "no watch's here; make it one"),
    ],
)
def test_a_condition_about_another_process_is_not_taken_for_its_own(
    run_file: Callable[..., Imported], kind: str, options: str, remark: str
) -> None:
    database = "w.name = 'db'; w.start = '/etc/init.d/db start'; w.pid_file = '/run/db.pid'"
    found = run_file(
        f"God.watch {{ |w| {database}; w.keepalive }}",
        watch=f"w.start = '/bin/web'; w.keepalive; {OTHERS % (kind, options)}",
    )

    assert remark in found.remarks


def test_a_condition_that_names_the_own_pid_file_needs_no_word(of: Import) -> None:
    more = "w.pid_file = '/run/web.pid'; w.start = '/bin/web -d'; w.keepalive"
    asked = OTHERS % ("memory_usage", "c.above = 5; c.pid_file = '/run/web.pid'")
    found = of(f"{more}; {asked}")

    assert "memory_usage: {above: 5KB, times: 1}" in found.text
    assert "pid_file =" not in found.remarks


def test_a_pid_file_that_only_conditions_name_is_that_of_a_program_in_the_background(
    of: Import,
) -> None:
    named = "w.start_if { |on| on.condition(:process_running) { |c| c.running = false; %s } }"
    named %= "c.pid_file = '/run/web.pid'"

    assert of(f"w.start = '/bin/web -d'; {named}").config.watches["web"].program.pid_file
    assert of(f"w.start = '/bin/web'; {named}").config.watches["web"].program.pid_file is None


ODD = [
    *("nil", "true", "false", "0", "-1", "1.5", "10**15", "'x'", "''", "' '", "'~/x'", "'a/b'"),
    *("'/x'", '"/a\\nb"', '"/a\\0b"', "'ü x: #y'", ":sym", "[]", "['a', nil]", "{}", "{'A' => 1}"),
    *("{'a-b' => \"x\\n\"}", "lambda { }", "Object.new", "9", "'9'", "99999", "'SIGHUP'", "[5, 3]"),
]
ATTRIBUTES = (
    *("start", "stop", "restart", "pid_file", "dir", "env", "uid", "gid", "umask", "chroot", "log"),
    *("err_log", "log_cmd", "interval", "grace", "start_grace", "stop_grace", "restart_grace"),
    *("stop_signal", "stop_timeout", "autostart", "group", "unix_socket", "colour"),
)
CONDITIONS = {
    "always": ("what",),
    "cpu_usage": ("above", "times"),
    "memory_usage": ("above", "times", "interval", "notify", "transition"),
    "disk_usage": ("above", "mount_point"),
    "file_mtime": ("path", "max_age"),
    "file_touched": ("path",),
    "http_response_code": (
        *("host", "port", "path", "code_is", "code_is_not", "timeout", "times", "headers"),
    ),
    "process_running": ("running", "pid_file"),
    "socket_responding": ("port", "addr", "path", "family", "socket"),
    "tries": ("times", "within"),
    "flapping": ("times", "within", "to_state", "retry_in", "retry_times", "retry_within"),
}
USUAL = {
    "above": "5",
    "what": "true",
    "times": "5",
    "mount_point": "'/'",
    "path": "'/x'",
    "max_age": "60",
    "host": "'localhost'",
    "port": "80",
    "code_is_not": "200",
    "running": "true",
    "within": "60",
    "to_state": ":start",
}
CONTACTS = {
    "email": ("to_email", "from_email", "server_host", "server_port", "server_auth", "to_name"),
    "webhook": ("url", "format"),
    "jabber": ("to_jid", "from_jid", "host", "port"),
    "slack": ("url", "channel", "format"),
    "statsd": ("host", "port"),
    "sensu": ("check_name", "status_code", "port"),
}
KEEPALIVE = ("interval", "memory_max", "memory_times", "cpu_max", "cpu_times")
TASK = ("valid_states", "initial_state", "interval", "group", "ok")


def odd_watches() -> Iterator[str]:
    """Each attribute with each odd value, in a watch of its own."""
    for key, value in itertools.product(ATTRIBUTES, ODD):
        yield f"w.start = '/bin/web'; w.keepalive; w.{key} = {value}"
    for value in ODD:
        yield f"w.start = '/bin/web -d'; w.pid_file = '/run/' + name__; w.pid_file = {value}"
    for key, value in itertools.product(KEEPALIVE, ODD):
        yield f"w.start = '/bin/web'; w.keepalive(:cpu_max => 9, :{key} => {value})"


def odd_conditions() -> Iterator[str]:
    places = (
        "w.transition(:up, :restart)",
        "w.lifecycle",
        "w.transition(:up, {true => :start, false => :stop})",
    )
    for number, (kind, keys) in enumerate(CONDITIONS.items()):
        usual = "; ".join(f"c.{key} = {USUAL[key]}" for key in keys if key in USUAL)
        for key, value in itertools.product(keys, ODD):
            place = places[(number + ODD.index(value)) % len(places)]
            asked = f"on.condition(:{kind}) {{ |c| {usual}; c.{key} = {value} }}"
            yield f"w.start = '/bin/web'; {place} {{ |on| {asked} }}"


def odd_tasks() -> Iterator[str]:
    usual = "w.valid_states = [:ok, :bad]; w.initial_state = :ok; w.transition(:ok, :bad)"
    for key, value in itertools.product(TASK, ODD):
        yield f"{usual}; w.{key} = {value}"
    for kind, keys in CONDITIONS.items():
        options = "; ".join(f"c.{key} = {USUAL[key]}" for key in keys if key in USUAL)
        asked = f"on.condition(:{kind}) {{ |c| {options} }}"
        yield f"{usual}; w.transition(:bad, :ok) {{ |on| {asked} }}"
        yield f"{usual}; w.lifecycle {{ |on| {asked} }}"


def odd_contacts() -> Iterator[str]:
    for kind, keys in CONTACTS.items():
        for key, value in itertools.product(keys, ODD):
            usual = "c.name = name__; c.to_email = 'a@b.org'"
            yield f"God.contact(:{kind}) {{ |c| {usual}; c.{key} = {value} }}"


def numbered(makes: str, texts: Iterator[str]) -> list[str]:
    return [
        f"name__ = 'n{number}'; {makes} {{ |w| w.name = name__; {text} }}"
        for number, text in enumerate(texts)
    ]


@pytest.mark.field("F2")
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(numbered("God.watch", odd_watches()), id="watches"),
        pytest.param(numbered("God.watch", odd_conditions()), id="conditions"),
        pytest.param(numbered("God.task", odd_tasks()), id="tasks"),
        pytest.param(
            [f"name__ = 'n{number}'; {text}" for number, text in enumerate(odd_contacts())],
            id="contacts",
        ),
    ],
)
def test_whatever_is_written_loads(needs_ruby: None, tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "odd.god"
    path.write_text("\n".join(lines) + "\n")

    text, reasons = loadable.loadable(god.translate(ruby.record([str(path)]), [path.name]))

    assert loadable.problems(text) == []
    comments = "".join(line.strip().lstrip("# ") for line in text.splitlines() if "#" in line)
    comments = "".join(comments.split())
    assert [one for one in reasons if "".join(printable(one).split()) not in comments] == []
    for number in range(len(lines)):  # each is there, or what became of it
        assert f"odd.god:{number + 1}" in text or f" n{number}:" in text, lines[number]


@pytest.mark.field("F3")
def test_what_the_files_set_in_the_environment_is_env(
    run_file: Callable[..., Imported], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESENT", "1")
    found = run_file(
        "ENV['RAILS_ENV'] = 'production'\nENV['X'] ||= 'y'\nENV['PRESENT'] ||= '2'\n"
        "ENV.update('LATER' => 'z')\nENV.delete('HOME')\nENV['STAGE_OF_IT'].to_s",
        watch="w.start = '/bin/web'; w.keepalive; w.env = {'X' => 'own'}",
    )

    env = found.config.watches["web"].program.env
    assert dict(env) == {"RAILS_ENV": "production", "X": "own", "LATER": "z"}
    assert "PRESENT (set)" in found.remarks
    assert "STAGE_OF_IT (not set)" in found.remarks


@pytest.mark.field("F3")
def test_a_folder_for_pid_files_may_be_given_where_there_is_none(
    run_file: Callable[..., Imported],
) -> None:
    found = run_file("God.pid_file_directory ||= '/srv/pids'\nGod.port ||= 5")

    assert "cat /srv/pids/web.pid" in found.text
    assert "God.port" not in found.remarks


@pytest.mark.field("F3")
@pytest.mark.parametrize(
    ("lines", "passed"),
    [
        ("w.start = 'puma -p $PORT'", ("PORT",)),
        ("w.start = 'puma -p ${PORT} \"$HOST\" $PORT'", ("PORT", "HOST")),
        ("w.start = 'cd $ROOT && puma'; w.stop = 'kill $OTHER'", ("ROOT", "OTHER")),
        ("w.start = \"sh -c 'exec puma -p $PORT'\"", ("PORT",)),
        ("w.start = \"/bin/bash -lc 'puma -p $PORT' x\"", ("PORT",)),
        ("w.start = 'puma -p $PORT'; w.env = {'PORT' => 3}", ()),
        ("w.start = 'PORT=3; puma -p $PORT $HOME'", ()),
        ("w.start = 'for i in 1 2; do echo $i; done'", ()),
        ("w.start = \"echo '$PORT'\"", ()),
        ("w.start = 'puma'; w.restart = 'kill -HUP $OVERSEER_PID'", ()),
    ],
)
def test_a_variable_that_nothing_sets_is_asked_of_the_environment(
    of: Import, lines: str, passed: tuple[str, ...]
) -> None:
    found = of(f"{lines}; w.keepalive")

    assert found.config.watches["web"].program.pass_env == passed
    assert ("came from god's own environment" in found.remarks) is bool(passed)


@pytest.mark.field("F3")
def test_a_variable_within_env_is_not_filled_in(of: Import) -> None:
    found = of("w.env = {'PATH' => '$PATH:/opt/bin', 'A' => '1'}; w.keepalive")

    assert found.config.watches["web"].program.env["PATH"] == "$PATH:/opt/bin"
    assert 'env: PATH = "$PATH:/opt/bin": nothing fills in $PATH, in god neither' in found.remarks


@pytest.mark.field("F4")
def test_a_second_watch_of_one_pid_file_is_left_out_and_said(
    imported: Import, tmp_path: Path
) -> None:
    path = tmp_path / "shared.god"
    path.write_text(
        "3.times { |i| God.watch { |w| w.name = \"web-#{i}\"; w.start = '/bin/web -d'; "
        "w.pid_file = i == 2 ? '/run/own.pid' : '/run/../run/web.pid'; w.keepalive } }\n"
    )
    found = imported(path)

    assert list(found.config.watches) == ["web-0", "web-2"]
    assert (
        "web-1 is left out (shared.god:1): its pid_file /run/web.pid is that of web-0"
        in found.remarks
    )


@pytest.mark.field("F4")
def test_the_line_end_of_a_program_s_answer_is_none_of_the_value(
    run_file: Callable[..., Imported],
) -> None:
    found = run_file(
        'God::Contacts::Email.defaults { |d| d.from_email = "god@#{`echo web1`}" }\n'
        "God.contact(:email) { |c| c.name = 'ops'; "
        'c.to_email = "ops@#{`echo web1`}.example.org" }\n',
        watch='w.start = "/bin/web -h #{`echo web1`}"; w.keepalive',
    )

    assert "ops@web1.example.org" in found.text
    assert found.config.watches["web"].program.command == ("/bin/web", "-h", "web1")
    assert '`echo web1` has answered "web1" now' in found.remarks


BESIDES = [
    (
        "Thread.new { loop { sleep 1 } }",
        "Thread.new: a thread inside of god; it is not run here",
    ),
    ("Thread.start { loop { sleep 1 } }", "{ loop { sleep 1 } }"),
    ("fork { loop { sleep 1 } }", "fork: a process beside god; it is not run here"),
    ("Process.fork { exec 'sleep 99' }", "fork: a process beside god"),
    ("at_exit { puts 'bye' }", "at_exit: done when god ends"),
    ("trap('HUP') { }", 'trap("HUP"): a signal to god itself'),
    ("Signal.trap('HUP') { }", 'Signal.trap("HUP"): a signal to god itself'),
    ("system('true')", 'system("true"): it has been done now, once'),
    ("spawn('true')", 'spawn("true"): it has been done now, once'),
    ("FileUtils.mkdir_p('/tmp')", 'FileUtils.mkdir_p("/tmp"): it has been done now'),
    ("File.write('/dev/null', 'x')", 'File.write("/dev/null", "x"): it has been done now'),
]


@pytest.mark.field("F4")
def test_what_a_file_does_besides_is_a_remark(run_file: Callable[[str], Imported]) -> None:
    remarks = run_file("\n".join(line for line, _ in BESIDES)).remarks

    assert [remark for _, remark in BESIDES if remark not in remarks] == []


def test_a_thread_is_run_where_the_file_waits_for_it(run_file: Callable[..., Imported]) -> None:
    found = run_file("PORT = Thread.new { 8000 }.value", watch='w.start = "/bin/web #{PORT}"')

    assert found.config.watches["web"].program.command == ("/bin/web", "8000")


OLD = [
    "raise unless File.exists?('/') && Dir.exists?('/') && FileTest.exists?('/')",
    "raise unless 5.is_a?(Fixnum) && Bignum",
    "'x'.taint.untaint.trust; raise if 'x'.tainted?",
    "$SAFE = 0; $KCODE = 'u'",
    "raise if [1] =~ /x/ || nil =~ /x/",
    "raise unless URI.escape('a b') == 'a%20b' && URI.decode('a%20b') == 'a b'",
    "raise unless TRUE && !FALSE && NIL.nil?",
    "raise unless Config::CONFIG['bindir']",
    "YAML::ENGINE.yamler = 'syck'",
    "raise unless YAML.load('a: &b [1]\nc: *b')['c'] == [1]",
    "raise unless YAML.load_file('/dev/null').to_s.size < 6",
    "raise unless ERB.new(\"<% if true -%>\n1\n<% end -%>\", nil, '-').result.strip == '1'",
    "raise unless({'a' => 1}.index(1) == 'a' && [1].choice == 1 && [nil, 1].nitems == 1)",
    "require 'rubygems'; require 'thread'",
]


@pytest.mark.field("F4")
def test_a_name_that_ruby_has_no_more_is_there(run_file: Callable[[str], Imported]) -> None:
    assert list(run_file("\n".join(OLD)).config.watches) == ["web"]


@pytest.mark.field("F5")
@pytest.mark.parametrize(
    ("command", "sign"),
    [
        ("thin start -d -p 3000", "-d"),
        ("unicorn -c config.rb -E production -D", "-D"),
        ("mongod --fork --logpath x", "--fork"),
        ("redis-server --daemonize yes", "--daemonize"),
        ("nohup node app.js > /dev/null 2>&1 &", "&"),
        ("/etc/init.d/nginx start", "init.d"),
        ("sudo service nginx start", "service"),
        ("/bin/bash -c 'cd /srv; merb -d -p 4001'", "-d"),
        ("nginx", "as it usually does"),
        ("redis-server --daemonize no", ""),
        ("nginx -g 'daemon off;'", ""),
        ("java -Dfoo=1 -jar x.jar", ""),
        ("php -d memory=1 x.php", ""),
        ("a && b", ""),
        ("bundle exec rake resque:work", ""),
    ],
)
def test_a_program_that_goes_to_the_background_without_a_pid_file_is_said(
    command: str, sign: str
) -> None:
    assert background.goes_to_background(command) == sign
    remark = background.remark(command, has_pid_file=False)
    assert (remark is not None and sign in remark.text) is bool(sign)


@pytest.mark.field("F5")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("bundle exec puma -C config/puma.rb", True),
        ("bundle exec thin start -p 3000", True),
        ("npm start", True),
        ("thin start -d", False),
        ("/etc/init.d/nginx start", False),
        ("ruby script/delayed_job start", False),
    ],
)
def test_a_pid_file_beside_a_program_in_the_foreground_is_said(
    of: Import, command: str, said: bool
) -> None:
    found = of(f"w.start = {command!r}; w.pid_file = '/run/web.pid'; w.keepalive")

    assert ("nothing in this command says that it goes to the background" in found.remarks) is said


@pytest.mark.field("F5")
def test_a_complex_that_asks_for_another_watch_says_depends_on(
    run_file: Callable[..., Imported],
) -> None:
    database = "w.name = 'db'; w.start = '/etc/init.d/db start'; w.pid_file = '/run/db.pid'"
    parts = (
        "cc.and(:memory_usage) { |c| c.above = 5.megabytes }; "
        "cc.and(:process_running) { |c| c.running = true; c.pid_file = '/run/db.pid' }"
    )
    found = run_file(
        f"God.watch {{ |w| {database}; w.keepalive }}",
        watch=f"w.start = '/bin/web'; w.keepalive; {OTHERS % ('complex', 'PARTS')}".replace(
            "{ |c| PARTS }", f"{{ |cc| {parts} }}"
        ),
    )

    assert "process_running of db: depends_on: db" in found.remarks
    rows = found.config.watches["web"].transitions
    assert any(type(row.when).__name__ == "Complex" for row in rows)


@pytest.mark.field("F5")
def test_a_folder_that_is_said_twice(of: Import) -> None:
    twice = of("w.dir = '/srv/'; w.start = 'cd /srv && web'; w.keepalive")
    assert twice.config.watches["web"].program.command == ("web",)
    assert "cd /srv is left out" in twice.remarks

    elsewhere = of("w.dir = '/srv'; w.start = 'cd /other && web'; w.keepalive")
    assert "goes into /other, and so leaves dir: /srv" in elsewhere.remarks


def test_relative_paths_are_seen_from_where_god_sees_them(
    of: Import, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    found = of("w.dir = '/srv'; w.pid_file = 'tmp/web.pid'; w.log = 'log/web.log'; w.keepalive")

    program = found.config.watches["web"].program
    assert (program.pid_file, program.log) == (f"{tmp_path}/tmp/web.pid", "/srv/log/web.log")
    assert f'pid_file was "tmp/web.pid", seen from {tmp_path}' in found.remarks


def test_a_relative_log_without_dir_is_seen_from_the_root(of: Import) -> None:
    found = of("w.log = 'x.log'; w.err_log = 'log/err.log'; w.keepalive")

    program = found.config.watches["web"].program
    assert (program.log, program.err_log) == ("/x.log", "/log/err.log")
    assert 'log was "x.log", seen from /' in found.remarks


RELATIVE = [
    ("file_touched", "c.path = 'tmp/it'", "path: {0}/tmp/it"),
    ("file_mtime", "c.path = 'tmp/it'; c.max_age = 60", "path: {0}/tmp/it"),
    ("disk_usage", "c.mount_point = 'data'; c.above = 90", "mount_point: {0}/data"),
    (
        "socket_responding",
        "c.family = 'unix'; c.path = 'tmp/sock'; c.responding = false",
        'socket: "unix:{0}/tmp/sock"',
    ),
    (
        "socket_responding",
        "c.socket = 'unix:tmp/sock'; c.responding = false",
        'socket: "unix:{0}/tmp/sock"',
    ),
    (
        "http_response_code",
        "c.host = 'a'; c.port = 443; c.code_is_not = 200; c.ca_file = 'ca.pem'",
        "ca_file: {0}/ca.pem",
    ),
]


@pytest.mark.parametrize(("kind", "options", "written"), RELATIVE)
@pytest.mark.parametrize("inside", ["r.condition(:{}) {{ |c| {} }}", COMPLEX_OF])
def test_a_relative_path_of_a_condition_is_written_in_full(
    of: Import,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
    options: str,
    written: str,
    inside: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found = of(f"w.keepalive; w.restart_if {{ |r| {inside.format(kind, options)} }}")

    assert written.format(tmp_path).replace('"', "") in found.text.replace('"', "")
    assert f'", seen from {tmp_path}' in found.remarks


PARTS = [
    (
        "w.env = {'A' => '1', 'C D' => '2', 'B' => ['x'], '9' => 'n', 'Z' => true}; w.keepalive",
        ["A: ", "Z: "],
        ['env: C D = "2" is left out', 'env: B = ["x"] is left out', 'env: 9 = "n" is left out'],
    ),
    (
        "w.keepalive; w.restart_if { |r| r.condition(:http_response_code) { |c| c.host = 'a';"
        " c.code_is_not = [200, 'fine']; c.headers = {'A' => 'b', 'C' => [1]}; c.timeout = -1 } }",
        ["code_is_not: 200", "headers: {A: b}"],
        ["code_is_not: fine is left out", "headers: C is left out: [1]", "timeout is left out: -1"],
    ),
    (
        "w.transition([:up, :sideways], :restart) { |o| o.condition(:memory_usage) { |c|"
        " c.above = 9 } }",
        ["memory_usage: {above: 9KB"],
        ["from sideways, too, in god: left out"],
    ),
    (
        "w.lifecycle { |o| o.condition(:flapping) { |c| c.to_state = [:start, :gone]; c.times = 5;"
        " c.within = 60; c.transition = :unmonitored } }; w.keepalive",
        ["times: 5, within: 60s"],
        ["flapping: to_state: gone is left out"],
    ),
]


@pytest.mark.field("F2")
@pytest.mark.parametrize(("lines", "written", "remarks"), PARTS)
def test_only_the_part_that_makes_no_sense_is_left_out(
    of: Import, lines: str, written: list[str], remarks: list[str]
) -> None:
    found = of(lines)

    for text in written:
        assert text in found.text
    for text in remarks:
        assert text in found.remarks


@pytest.mark.field("F2")
def test_a_variable_of_the_files_environment_is_left_out_alone(
    run_file: Callable[[str], Imported],
) -> None:
    found = run_file("ENV['GOOD'] = '1'; ENV['NOT GOOD'] = '2'")

    assert found.config.watches["web"].program.env["GOOD"] == "1"
    assert 'ENV: NOT GOOD = "2" is left out' in found.remarks


@pytest.mark.field("F1")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is nothing of god in it"),
        ("# God.watch\n", "there is nothing of god in it"),
        ("loop { }\n", r":1: still at it after 1 seconds; .*--timeout"),
        ("loop { begin; sleep 9; rescue StandardError; end }\n", r":1: still at it"),
        ("system('sleep 60')\n", r":1: still at it"),
        ("exec 'true'\n", "ruby ended before the end of it"),
        ("gem 'no_such_gem'\n", "install that library for this ruby"),
        ("def f; f; end\nf\n", "stack level too deep"),
        ('raise "one\\ntwo"\n', r":1: one \(RuntimeError\)"),
    ],
)
def test_a_file_that_names_nothing_or_never_ends_is_an_error(
    needs_ruby: None, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "broken.god"
    path.write_text(text)

    begun = time.monotonic()
    with pytest.raises(OverseerError, match=said):
        ruby.record([str(path)], limit=1)
    assert time.monotonic() - begun < 30


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(OverseerError, match=r"a folder; name the files in it"):
        ruby.record([str(tmp_path)], ruby=sys.executable)


@pytest.mark.field("F1")
@pytest.mark.parametrize(
    "text",
    [
        "God.watch do |w|\nend\n",
        "God.log_file = '/var/log/god.log'\nGod.load '/etc/god/*.god'\n",
        "God::Contacts::Email.defaults do |d|\nend\n",
        "%w[a b].each { |n| God.watch { |w| w.name = n } }\n",
    ],
)
def test_a_god_configuration_where_a_watch_file_belongs_is_recognised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "web.god"
    path.write_text(text)

    assert main(["check", str(path)]) == 6
    said = f"this is a god configuration; turn it into a watch file: overseer import god {path}"
    assert said in capsys.readouterr().err
