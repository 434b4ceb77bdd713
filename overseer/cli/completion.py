"""overseer completion bash|zsh|fish"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping

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
    *("schedule", "trigger", "wait", "signal", "remove", "adopt", "logs", "log", "history"),
    *("events", "silence"),
)
"""Commands whose words are watches; those of the others are files."""
BASH = """\
_overseer() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" options=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands}" -- "$word"))
        return
    fi
    case "$command" in
{options}
    esac
    if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    case " {named} " in
        *" $command "*)
            COMPREPLY=($(compgen -W "$(overseer completion names 2>/dev/null)" -- "$word")) ;;
        *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -F _overseer overseer
"""
ZSH = """\
#compdef overseer
_overseer() {{
    local options=""
    local -a commands=(
{commands}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    case "$words[2]" in
{options}
    esac
    if [[ "$words[CURRENT]" == -* ]]; then
        compadd -- ${{=options}}
    elif [[ " {named} " == *" $words[2] "* ]]; then
        compadd -- ${{(f)"$(overseer completion names 2>/dev/null)"}}
    else
        _files
    fi
}}
_overseer "$@"
"""
FISH = """\
complete -c overseer -f
{commands}
complete -c overseer -n "__fish_seen_subcommand_from {named}" \\
    -a "(overseer completion names 2>/dev/null)"
complete -c overseer -n "not __fish_use_subcommand; and not __fish_seen_subcommand_from {named}" -F
{options}
"""


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("shell", choices=(*SHELLS, "names"), help="names: those of the daemon")


def run(args: Namespace, context: Context) -> int:
    if args.shell == "names":
        return names(context)
    from overseer.cli.main import COMMANDS, module_of, parser_of

    options = {
        word: parser_of(word, module_of(word)) if word != "mail" else ArgumentParser()
        for word in COMMANDS
    }
    text = SHELLS[args.shell]({word: what for word, (_, what) in COMMANDS.items()}, options)
    context.print(text.rstrip())
    return DONE


def names(context: Context) -> int:
    """Watches and tags; nothing where no daemon answers."""
    try:
        watches = context.client.ask("status")["status"]["watches"]
    except OverseerError:
        return DONE
    tags = sorted({f"@{tag}" for watch in watches for tag in watch["tags"]})
    context.print("\n".join([*(watch["name"] for watch in watches), *tags]))
    return DONE


Commands = Mapping[str, str]
Parsers = Mapping[str, ArgumentParser]


def bash(commands: Commands, parsers: Parsers) -> str:
    return BASH.format(commands=" ".join(commands), named=" ".join(NAMED), options=cases(parsers))


def zsh(commands: Commands, parsers: Parsers) -> str:
    described = (quoted(f"{word}:{what}") for word, what in commands.items())
    return ZSH.format(
        commands="\n".join(f"        {one}" for one in described),
        named=" ".join(NAMED),
        options=cases(parsers),
    )


def fish(commands: Commands, parsers: Parsers) -> str:
    words = "\n".join(
        f"complete -c overseer -n __fish_use_subcommand -a {word} -d {quoted(what)}"
        for word, what in commands.items()
    )
    flags = "\n".join(
        f'complete -c overseer -n "__fish_seen_subcommand_from {word}"'
        f" -l {flag.removeprefix('--')} -d {quoted(what)}"
        for word, parser in parsers.items()
        for flag, what in flags_of(parser).items()
    )
    return FISH.format(commands=words, named=" ".join(NAMED), options=flags)


def cases(parsers: Parsers) -> str:
    flags = {word: " ".join(flags_of(parser)) for word, parser in parsers.items()}
    return "\n".join(f'        {word}) options="{some}" ;;' for word, some in flags.items())


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
