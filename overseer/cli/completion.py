"""overseer completion bash|zsh|fish"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE, OverseerError

EXAMPLES = {
    "completion": """examples:
  overseer completion bash | sudo tee /etc/bash_completion.d/overseer
  overseer completion zsh > ~/.zfunc/_overseer
  overseer completion fish > ~/.config/fish/completions/overseer.fish"""
}
NAMED = "status start stop restart reload monitor unmonitor signal remove adopt logs log history"
BASH = """\
_overseer() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}"
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands}" -- "$word"))
        return
    fi
    case " {named} " in
        *" ${{COMP_WORDS[1]}} "*)
            COMPREPLY=($(compgen -W "$(overseer completion names 2>/dev/null)" -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _overseer overseer
"""
ZSH = """\
#compdef overseer
_overseer() {{
    if (( CURRENT == 2 )); then
        compadd {commands}
    elif [[ " {named} " == *" $words[2] "* ]]; then
        compadd $(overseer completion names 2>/dev/null)
    else
        _files
    fi
}}
_overseer "$@"
"""
FISH = """\
complete -c overseer -n __fish_use_subcommand -f -a "{commands}"
complete -c overseer -n "__fish_seen_subcommand_from {named}" -f \\
    -a "(overseer completion names 2>/dev/null)"
"""
SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("shell", choices=(*SHELLS, "names"), help="names: those of the daemon")


def run(args: Namespace, context: Context) -> int:
    if args.shell == "names":
        return names(context)
    from overseer.cli.main import COMMANDS

    text = SHELLS[args.shell].format(commands=" ".join(COMMANDS), named=NAMED)
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
