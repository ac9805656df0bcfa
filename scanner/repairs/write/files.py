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
            head = f"{line(one.repair.title)}\n{{0}} to {place}".split("\n")
            stem = f"{folder}/{template.like}"
            said = "\n".join(f"// {text.format('For az deployment group create')}" for text in head)
            found[f"{stem}.bicep"] = f"{said}\n\n{arm.bicep(template)}"
            found[f"{stem}.json"] = arm.template(template)
            said = "\n".join(f"# {text.format('A fragment: applies')}" for text in head)
            found[f"{stem}.tf"] = f"{said}\n\n{template.terraform}"
    found[DOCUMENT] = document.write(book, [*found, DOCUMENT])
    return found
