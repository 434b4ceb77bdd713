"""overseer completion bash|zsh|fish"""

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Iterator, Mapping

from overseer.cli.context import Context
from overseer.errors import DONE, OverseerError

EXAMPLES = {
    "completion": """examples:
  overseer completion bash | sudo tee /etc/bash_completion.d/overseer
  overseer completion zsh > ~/.zfunc/_overseer
  overseer completion fish > ~/.config/fish/completions/overseer.fish

Commands, their options, and the watches and tags of the daemon, asked for while you type."""
}
NAMED = (
    *("status", "why", "top", "start", "stop", "restart", "reload", "monitor", "unmonitor"),
    *("schedule", "trigger", "scale", "wait", "signal", "remove", "adopt", "logs", "log"),
    *("history", "incidents", "events", "silence"),
)
"""Commands whose words are watches; those of the others are files."""
BASH = """\
_overseer() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" key="${{COMP_WORDS[1]}}" next=2 verbs="" options=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands}" -- "$word"))
        return
    fi
    while [ "$next" -lt "$COMP_CWORD" ]; do
        case " {paths} " in
            *" $key/${{COMP_WORDS[next]}} "*) key="$key/${{COMP_WORDS[next]}}" next=$((next + 1)) ;;
            *) break ;;
        esac
    done
    case "$key" in
{options}
    esac
    if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    if [ -n "$verbs" ] && [ "$next" -eq "$COMP_CWORD" ]; then
        COMPREPLY=($(compgen -W "$verbs" -- "$word"))
        return
    fi
    case " {named} " in
        *" $key "*)
            COMPREPLY=($(compgen -W "$(overseer completion names 2>/dev/null)" -- "$word")) ;;
        *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -F _overseer overseer
"""
ZSH = """\
#compdef overseer
_overseer() {{
    local key="$words[2]" verbs="" options=""
    local -i next=3
    local -a commands=(
{commands}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    while (( next < CURRENT )) && [[ " {paths} " == *" $key/$words[next] "* ]]; do
        key="$key/$words[next]"
        (( next++ ))
    done
    case "$key" in
{options}
    esac
    if [[ "$words[CURRENT]" == -* ]]; then
        compadd -- ${{=options}}
    elif [[ -n "$verbs" ]] && (( next == CURRENT )); then
        compadd -- ${{=verbs}}
    elif [[ " {named} " == *" $key "* ]]; then
        compadd -- ${{(f)"$(overseer completion names 2>/dev/null)"}}
    else
        _files
    fi
}}
_overseer "$@"
"""
FISH = """\
function __overseer_at
    set -l typed (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $typed) -ge $last; and test "$typed[2..$last]" = "$argv"
end
function __overseer_next
    __overseer_at $argv; and test (count (commandline -opc)) -eq (math (count $argv) + 1)
end
function __overseer_named
    set -l typed (commandline -opc)
    test (count $typed) -gt 1; and contains -- $typed[2] {named}
end
complete -c overseer -f
{commands}
complete -c overseer -n __overseer_named -a "(overseer completion names 2>/dev/null)"
complete -c overseer -n "not __fish_use_subcommand; and not __overseer_named{inner}" -F
{options}
"""


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("shell", choices=(*SHELLS, "names"), help="names: those of the daemon")


def run(args: Namespace, context: Context) -> int:
    if args.shell == "names":
        return names(context)
    from overseer.cli.main import COMMANDS, mail_parser, module_of, parser_of

    tops = {
        word: mail_parser() if word == "mail" else parser_of(word, module_of(word))
        for word in COMMANDS
    }
    nodes = {path: parser for word, top in tops.items() for path, parser in below((word,), top)}
    text = SHELLS[args.shell]({word: what for word, (_, what) in COMMANDS.items()}, nodes)
    context.print(text.rstrip())
    return DONE


def names(context: Context) -> int:
    """Watches and tags; nothing where no daemon answers."""
    try:
        status = context.client.ask("status")["status"]
    except OverseerError:
        return DONE
    watches = status["watches"]
    tags = sorted({f"@{tag}" for watch in watches for tag in watch["tags"]})
    copies = [one["name"] for one in status["copies"]]
    context.print("\n".join([*(watch["name"] for watch in watches), *copies, *tags]))
    return DONE


Path = tuple[str, ...]
Commands = Mapping[str, str]
Parsers = Mapping[Path, ArgumentParser]


def bash(commands: Commands, parsers: Parsers) -> str:
    return BASH.format(
        commands=" ".join(commands),
        named=" ".join(NAMED),
        paths=" ".join("/".join(path) for path in parsers),
        options=cases(parsers),
    )


def zsh(commands: Commands, parsers: Parsers) -> str:
    described = (quoted(f"{word}:{what}") for word, what in commands.items())
    return ZSH.format(
        commands="\n".join(f"        {one}" for one in described),
        named=" ".join(NAMED),
        paths=" ".join("/".join(path) for path in parsers),
        options=cases(parsers),
    )


def fish(commands: Commands, parsers: Parsers) -> str:
    words = [
        f"complete -c overseer -n __fish_use_subcommand -a {word} -d {quoted(what)}"
        for word, what in commands.items()
    ]
    words += [
        f'complete -c overseer -f -n "__overseer_next {" ".join(path)}" -a {verb} -d {quoted(what)}'
        for path, parser in parsers.items()
        for verb, (_, what) in verbs_of(parser).items()
    ]
    flags = [
        f'complete -c overseer -n "__overseer_at {" ".join(path)}"'
        f" -l {flag.removeprefix('--')} -d {quoted(what)}"
        for path, parser in parsers.items()
        for flag, what in flags_of(parser).items()
    ]
    inner = (
        f"; and not __overseer_next {' '.join(path)}" for path in parsers if verbs_of(parsers[path])
    )
    return FISH.format(
        commands="\n".join(words),
        named=" ".join(NAMED),
        inner="".join(inner),
        options="\n".join(flags),
    )


def cases(parsers: Parsers) -> str:
    return "\n".join(
        f'        {"/".join(path)}) verbs="{" ".join(verbs_of(parser))}"'
        f' options="{" ".join(flags_of(parser))}" ;;'
        for path, parser in parsers.items()
    )


def below(path: Path, parser: ArgumentParser) -> Iterator[tuple[Path, ArgumentParser]]:
    """A command, and those that are words of it: overseer mail worker start."""
    yield path, parser
    for verb, (inner, _) in verbs_of(parser).items():
        yield from below((*path, verb), inner)


def verbs_of(parser: ArgumentParser) -> dict[str, tuple[ArgumentParser, str]]:
    """With what they do."""
    found: dict[str, tuple[ArgumentParser, str]] = {}
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            what = {one.dest: one.help or "" for one in action._choices_actions}
            found |= {verb: (inner, what.get(verb, "")) for verb, inner in action.choices.items()}
    return found


def flags_of(parser: ArgumentParser) -> dict[str, str]:
    """Long options, with what they are for."""
    return {
        flag: action.help or ""
        for action in parser._actions
        for flag in action.option_strings
        if flag.startswith("--")
    }


def quoted(text: str) -> str:
    """For zsh and for fish, which have no way in common to put a quote into quotes."""
    return "'" + text.replace("'", "`").replace("%%", "%") + "'"


SHELLS: Mapping[str, Callable[[Commands, Parsers], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
