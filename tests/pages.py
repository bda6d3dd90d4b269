"""What a run measured, written into a page of the documents: between two markers, so that it can be made anew."""


def markers(name: str) -> tuple[str, str]:
    """The lines that are before and after what is called so."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def placed(page: str, name: str, made: str) -> str:
    """The page with `made` between its markers. Raises ValueError where they are not there, each once, in order."""
    begin, end = markers(name)
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise ValueError(f"the page needs one {begin} and one {end} after it")
    before, after = page.partition(begin)[0], page.partition(end)[2]
    return f"{before}{begin}\n{made}\n{end}{after}"
