"""What the HTML report is made of: elements, counts, sections, the findings as data, its style and its script."""
