"""All files of a book of repairs, by their path in the folder."""

from scanner.repairs.model import Book
from scanner.repairs.write import arm, document, page, shell
from scanner.reports.parts.texts import line

README, DOCUMENT, SCRIPT = "README.md", "fixes.json", "run.sh"


def files(book: Book) -> dict[str, str]:
    """Path → text, the same bytes for the same book."""
    found = {README: page.page(book)}
    for number, one in enumerate(book.repairs, 1):
        folder = book.folder(number)
        found[f"{folder}/{SCRIPT}"] = shell.script(book, number)
        for template in one.repair.templates:
            place = f"group {line(template.group)}, subscription {line(template.subscription)}"
            title = line(one.repair.title)
            stem = f"{folder}/{template.like}"
            head = f"// {title}\n// For az deployment group create, to {place}\n\n"
            found[f"{stem}.bicep"] = f"{head}{arm.bicep(template)}"
            found[f"{stem}.json"] = arm.template(template)
            found[f"{stem}.tf"] = f"# {title}\n# A fragment, for {place}\n\n{template.terraform}"
        for code in one.repair.codes:
            for ending, text in code.texts.items():
                found[f"{folder}/{code.like}.{ending}"] = text
        loop = one.repair.loop
        if loop is not None:
            found[f"{folder}/{loop.file}"] = "".join(f"{each}\n" for each in loop.lines)
    found[DOCUMENT] = document.write(book, [*found, DOCUMENT])
    return found
