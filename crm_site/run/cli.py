"""The commands of ./crm and their options."""

import argparse
import sys

from crm_site.run import commands, config
from crm_site.run.say import Problem, Terminal, report


def main(words: list[str]) -> int:
    """Carry out one command; return its exit code."""
    try:
        return _dispatch(words)
    except Problem as problem:
        report(problem)
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(words: list[str]) -> int:
    name, *rest = words or ["help"]
    if name == "run":
        from crm_site.run import product

        options = run_options().parse_args(rest)
        settings = config.read().with_options(bind=options.bind, port=options.port, demo=options.demo)
        return product.run(settings, Terminal(), profile=options.profile)
    if name == "serve":
        from crm_site.run import serve

        options = serve_options().parse_args(rest)
        settings = config.read().with_options(bind=options.bind, port=options.port)
        return serve.serve(options.process, settings)
    if name == "manage":
        from crm_site.run import manage

        return manage.manage(rest, config.read())
    if name == "test":
        from crm_site.run import checks

        return checks.run(rest)
    if name == "bench":
        from crm_site.run import bench

        return bench.bench(rest, config.read())
    if name == "alive":
        from crm_site.run import alive

        alive.check(alive_options().parse_args(rest).process, config.read())
        return 0
    raise Problem(f"There is no command {name!r}.", "./crm help lists the commands.")


def run_options() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="./crm run",
        description="Start everything and keep it running until Ctrl-C.",
    )
    _address(parser)
    parser.add_argument("--no-demo", dest="demo", action="store_false", default=None,
                        help="no demo data and no sign-in by one click")  # fmt: skip
    parser.add_argument(
        "--profile",
        choices=["run", "bench", "throwaway", "test"],
        default="run",
        help=argparse.SUPPRESS,
    )
    return parser


def serve_options() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="./crm serve",
        description="Run one process in the foreground, beside what runs already.",
    )
    parser.add_argument("process", choices=[*commands.PROCESSES, *commands.ENGINES])
    _address(parser)
    return parser


def alive_options() -> argparse.ArgumentParser:
    parser = _Parser(prog="./crm alive", description="Tell by the exit code whether a process on this host works.")
    parser.add_argument("process", choices=["worker", "bulk", "beat"])
    return parser


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=lambda text: config.port(text, "--port"), metavar="N",
                        help="the web's port (8000, or the next that is free)")  # fmt: skip
    parser.add_argument("--bind", metavar="HOST", help="the address to listen on (127.0.0.1)")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        raise Problem(f"{self.prog}: {message}.", f"{self.prog} --help tells the options.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
