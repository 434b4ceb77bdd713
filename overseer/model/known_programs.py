"""Programs known by name: how they go to the background, and whose children are no part of them.

A table to be added to: one line a program. `background.py` reads it.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Daemon(NamedTuple):
    """A program that can go to the background. The patterns are of words between blanks.

    It does with *background* among its arguments, it does not with *foreground*; where neither
    stands there, its configuration and then *usual* decide."""

    names: str  # a pattern of the program's name
    write: str  # what to write, so that it stays in the foreground
    background: str = ""
    foreground: str = ""
    usual: bool = False
    elsewhere: bool = False  # what it starts is the child of another daemon
    config: str = ""  # a pattern of its arguments, of which one group is the configuration's path
    config_path: str = ""  # where it is unless the arguments say so
    in_background: str = ""  # a pattern of lines of the configuration with which it does
    in_foreground: str = ""


def goes(names: str, foreground: str, write: str) -> Daemon:
    """It goes to the background unless it is told otherwise."""
    return Daemon(names, write, foreground=foreground, usual=True)


def may(names: str, background: str, write: str = "", *, elsewhere: bool = False) -> Daemon:
    """It stays in the foreground unless it is told otherwise."""
    write = write or f"leave out {background.replace('|', ' or ')}"
    return Daemon(names, write, background=background, elsewhere=elsewhere)


DAEMONS = (
    # Web servers
    goes("nginx", "daemon off;?|-[tTvVhsq]", "write -g 'daemon off;' after it")._replace(
        config="-c ([^ ]+)",
        config_path="/etc/nginx/nginx.conf",
        in_foreground=r"daemon\s+off\s*;",
    ),
    goes(
        "apache2|httpd",
        "-D ?FOREGROUND|-D ?NO_DETACH|-X|-[tvVlLSMh]|-k [a-z-]*stop|-k graceful",
        "write -DFOREGROUND after it",
    ),
    Daemon(
        "apachectl|apache2ctl",
        "write apache2 -DFOREGROUND (httpd -DFOREGROUND) instead",
        background="start|restart|graceful|-k (?:start|restart|graceful)",
        foreground="-D ?FOREGROUND",
    ),
    goes("lighttpd", "-D|-[ptvVh]+", "write -D after it"),
    may("caddy", "start", "write caddy run"),
    Daemon(
        "haproxy",
        "leave out -D and write -db",
        background="-D",
        foreground="-db|-d|-Ws|-c|-vv?",
        config="-f ([^ ]+)",
        in_background="daemon",
    ),
    goes("varnishd", "-F|-d|-C|-V", "write -F after it"),
    goes("squid", "-N|--foreground|-k [a-z]+|-z|-v", "write --foreground after it"),
    # Application servers
    may("gunicorn(?:3|_paster)?", "-D|--daemon", "leave out --daemon")._replace(
        config="(?:-c|--config)[ =](?:file:)?([^ ]+)", in_background=r"daemon\s*=\s*True"
    ),
    Daemon(
        "uwsgi(?:_\\w+|-\\w+)?",
        "leave out daemonize, and write log: for its output",
        background="-d|--daemonize2?",
        config="(?:--ini[ =])?([^ ]+\\.ini)",
        in_background=r"daemonize2?\s*=.*",
    ),
    goes(
        "php-fpm[\\d.]*|php[\\d.]*-fpm", "-F|--nodaemonize|-[thvim]", "write -F after it"
    )._replace(
        background="-D|--daemonize",
        config="(?:-y|--fpm-config)[ =]([^ ]+)",
        in_foreground=r"daemonize\s*=\s*(?:no|off|false|0)",
    ),
    may("unicorn(?:_rails)?", "-D|--daemonize"),
    may("puma", "-d|--daemon"),
    may("thin", "-d|--daemonize"),
    may("rainbows", "-D|--daemonize"),
    may("passenger", "-d|--daemonize"),
    may("rails", "-d|--daemon"),
    may("waitress-serve|hypercorn|daphne", "--daemon"),
    goes("twistd\\d?", "-n|-no?|--nodaemon|--help|--version", "write --nodaemon after it"),
    goes("spawn-fcgi", "-n|-v|-h", "write -n after it"),
    may("catalina.sh", "start", "write catalina.sh run"),
    # Workers
    may("sidekiq", "-d|--daemon"),
    Daemon(
        "celery",
        "write celery worker without --detach (multi has it always)",
        background="multi (?:start|restart)|-D|--detach",
    ),
    may("(?:delayed_job|clockworkd?|resque-pool)", "start|restart|--daemon", "write run for start"),
    may("gearmand", "-d|--daemon"),
    may("kafka-server-start(?:.sh)?|zookeeper-server-start(?:.sh)?", "-daemon"),
    may("zkServer.sh", "start", "write zkServer.sh start-foreground"),
    # Databases and caches
    Daemon(
        "redis-server|redis-sentinel|valkey-server|valkey-sentinel|keydb-server",
        "write --daemonize no after it",
        background="--daemonize (?:yes|'yes'|\"yes\")",
        foreground="--daemonize no",
        config=r"([^ ]+\.conf)",
        in_background="daemonize\\s+[\"']?yes[\"']?",
    ),
    may("memcached", "-\\w*d|--daemon", "leave out -d"),
    may("mongod|mongos", "--fork")._replace(
        config="(?:-f|--config)[ =]([^ ]+)", in_background=r"fork\s*[:=]\s*true"
    ),
    may("mysqld|mariadbd", "-D|--daemonize"),
    may("mysqld_multi", "start", "write mysqld with its options instead"),
    may("pg_ctl", "start|restart", "write postgres -D and the folder instead"),
    Daemon(
        "pg_ctlcluster",
        "write --foreground after it",
        background="start|restart",
        foreground="--foreground",
    ),
    may("pgbouncer", "-d|--daemon"),
    goes("pgpool", "-n|stop|reload", "write -n after it"),
    may("elasticsearch|opensearch", "-d|--daemonize"),
    goes("cassandra", "-f|-v", "write -f after it"),
    may("rabbitmq-server", "-detached"),
    goes("slapd", "-d ?\\d+|-d ?\\w+|-V+|-T\\w*", "write -d 0 after it"),
    goes("searchd", "--nodetach|--console|--stop(?:wait)?|--status", "write --nodetach after it"),
    # Of the system
    goes("sshd", "-D|-\\w*d+|-i|-[tTGV]|-\\w*D\\w*", "write -D after it"),
    goes("dropbear", "-\\w*F\\w*|-i|-V", "write -F after it"),
    goes("crond?", "-f|-n|-x ?\\w*|-V|-h|-d ?\\d*", "write -f after it (cronie's: -n)"),
    goes("fcron", "-f|--foreground|-V", "write -f after it"),
    goes("atd", "-f|-s|-d", "write -f after it"),
    goes("rsyslogd", "-\\w*n|-N ?\\d|-v", "write -n after it"),
    goes("syslog-ng", "-F|--foreground|-s|-V", "write -F after it"),
    goes("dnsmasq", "-k|--keep-in-foreground|-d|--no-daemon|--test|-v", "write -k after it"),
    goes("named", "-\\w*[fg]|-[vV]", "write -f after it"),
    goes("unbound", "-d+|-h|-V", "write -d after it"),
    goes("ntpd|openntpd", "-n|-d|--nofork|-q|-s", "write -n after it"),
    goes("chronyd", "-d|-n|-q|-Q|-v|-p", "write -n after it"),
    goes("snmpd|snmptrapd", "-f|-v|-h", "write -f after it"),
    goes("smbd|nmbd|winbindd|samba", "-\\w*[Fi]|--foreground|--interactive", "write -F after it"),
    goes("proftpd", "-n|--nodaemon|-t|-v|-V|-l", "write --nodaemon after it"),
    goes("dovecot", "-F|-n|-a|stop|reload", "write -F after it"),
    goes("keepalived", "-n|--dont-fork|-t|-v", "write --dont-fork after it"),
    goes("collectd", "-f|-[tTVh]", "write -f after it"),
    goes("zabbix_(?:agentd|server|proxy)", "-f|--foreground|-[tpVhR]", "write -f after it"),
    goes("rpcbind", "-f|-d", "write -f after it"),
    goes("nscd", "-d|-F|--foreground|-g|-K", "write -F after it"),
    goes("xinetd", "-dontfork|-d", "write -dontfork after it"),
    goes("inetd|openbsd-inetd", "-d|-i", "write -i after it"),
    goes("monit", "-\\w*I|-[tVh]|start|stop|status|summary", "write -I after it"),
    Daemon("postfix", "write start-fg for start", background="start"),
    may("exim4?", "-bd", "write -bdf for -bd"),
    may("sendmail", "-bd", "write -bD for -bd"),
    may("openvpn", "--daemon"),
    may("autossh|ssh", "-[46AaCgkMNnqTtvXxYy]*f[46AaCgkMNnqTtvXxYy]*", "leave out -f"),
    goes("transmission-daemon", "-f|--foreground|-V|-h", "write -f after it"),
    # Other supervisors, and what puts something into the background
    goes("supervisord", "-n|--nodaemon|-v", "write -n after it")._replace(
        config="(?:-c|--configuration)[ =]([^ ]+)", in_foreground=r"nodaemon\s*=\s*true"
    ),
    may(
        "pm2", "start|restart|resurrect|reload", "write the program itself (or pm2-runtime for pm2)"
    )._replace(foreground="--no-daemon"),
    may("forever", "start|restart", "write the program itself"),
    Daemon(
        "start-stop-daemon",
        "leave out --background",
        background="-\\w*b|--background",
    ),
    goes("daemonize", "-h", "write the program itself"),
    goes("setsid", "-\\w*w|--wait", "leave out setsid: each program has a session of its own"),
    may("screen", "-\\w*d\\w*m\\w*", "write the program itself"),
    may("tmux", "(?:new|new-session)(?: .*)? -\\w*d", "write the program itself"),
    may("docker|podman|nerdctl", "run(?: .*)? (?:-\\w*d\\w*|--detach)", elsewhere=True)._replace(
        write="leave out --detach"
    ),
    may("docker|podman|docker-compose|podman-compose", "up(?: .*)? (?:-d|--detach)")._replace(
        write="leave out --detach", elsewhere=True
    ),
    may("systemctl|initctl", "start|restart", "write the program itself", elsewhere=True),
    may("service|rc-service", ".* (?:start|restart)", "write the program itself", elsewhere=True),
)

OTHERS_WORK: Mapping[str, str] = {
    "sshd": "sessions",
    "dropbear": "sessions",
    "mosh-server": "sessions",
    "xrdp-sesman": "sessions",
    "screen": "sessions",
    "tmux": "sessions",
    "inetd": "sessions",
    "xinetd": "sessions",
    "cron": "jobs",
    "crond": "jobs",
    "fcron": "jobs",
    "anacron": "jobs",
    "atd": "jobs",
    "slurmd": "jobs",
    "nomad": "jobs",
    "gitlab-runner": "jobs",
    "buildkite-agent": "jobs",
    "Runner.Listener": "jobs",
    "runsvc.sh": "jobs",
    "dockerd": "containers",
    "containerd": "containers",
    "crio": "containers",
    "kubelet": "containers",
    "k3s": "containers",
    "rke2": "containers",
    "lxd": "containers",
    "incusd": "containers",
    "libvirtd": "virtual machines",
    "virtqemud": "virtual machines",
}
"""Programs, and what their children are: they outlive a restart. systemd's units of most have
KillMode=process for it."""

RUNS_ANOTHER: Mapping[str, tuple[str, int]] = {
    "env": ("uCS", 0),
    "exec": ("a", 0),
    "command": ("", 0),
    "nohup": ("", 0),
    "nice": ("n", 0),
    "ionice": ("cn", 0),
    "chrt": ("TPD", 1),
    "taskset": ("", 1),
    "stdbuf": ("ioe", 0),
    "numactl": ("", 0),
    "chpst": ("uUb/enlLmdopfcrt", 0),
    "setpriv": ("", 0),
    "prlimit": ("", 0),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "setuidgid": ("", 1),
    "envuidgid": ("", 1),
    "softlimit": ("", 0),
    "tini": ("pe", 0),
    "dumb-init": ("r", 0),
    "bundle": ("", 1),
    "poetry": ("", 1),
    "pipenv": ("", 1),
    "uv": ("", 1),
    "npx": ("", 0),
    "python": ("WXm", 0),
    "ruby": ("IrEKW", 0),
    "node": ("r", 0),
    "sudo": ("ugpCrthUDRT", 0),
    "doas": ("uC", 0),
    "runuser": ("ugGs", 0),
    "timeout": ("ks", 1),
}
"""Commands that run another: their short options with a value of their own, and the words before
the program's name."""
IN_ITS_PLACE = frozenset(
    ("env", "exec", "command", "nohup", "nice", "ionice", "chrt", "taskset", "stdbuf", "numactl")
) | {"chpst", "setpriv", "prlimit", "gosu", "su-exec", "setuidgid", "envuidgid", "softlimit"}
"""Those that become the program, and are gone."""
SHELLS = frozenset(("sh", "bash", "dash", "ash", "ksh", "zsh", "su"))
