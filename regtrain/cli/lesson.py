"""`regtrain lesson`: the slides of the course, run."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("lesson", program="regtrain")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Every lesson, in the order of the course.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write one page with the charts.")
@click.option("--seed", default=0, show_default=True, help="Seed of everything random.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per claim, on stdout.")
def command(names: tuple[str, ...], every: bool, html: str | None, seed: int, as_json: bool) -> int:
    """Run lessons: each shows what a slide says, and checks it.

    Without a name: the list of lessons. Exit code 1 if a claim does not hold.
    """
    from regtrain.lessons import LESSONS, about, lesson

    if not names and not every:
        width = max(map(len, LESSONS))
        for name in LESSONS:
            common.emit(f"{name:<{width}}  {about(name)}")
        return 0
    chosen = tuple(LESSONS) if every else names
    for name in chosen:
        try:
            about(name)  # an unknown name is told before the first lesson runs
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    sections = []
    for number, name in enumerate(chosen):
        section = lesson(name, seed=seed)
        sections.append(section)
        if as_json:
            for claim in section.claims:
                common.emit({"lesson": name, **vars(claim)})
        elif html is None:
            common.emit(("\n\n" if number else "") + section.text())
        else:
            holds = sum(claim.holds for claim in section.claims)
            common.say(f"{name}: {holds} of {len(section.claims)} claims hold")
    if html is not None:
        from regtrain.page import write

        title = "The course, run" if len(sections) > 1 else sections[0].title
        claims = sum(len(section.claims) for section in sections)
        lessons = "1 lesson" if len(sections) == 1 else f"{len(sections)} lessons"
        facts = f"{lessons}, {claims} claims checked, seed {seed}"
        common.say(f"wrote {write(html, title, facts, sections)}")
    return 0 if all(section.holds for section in sections) else 1
