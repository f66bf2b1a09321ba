"""What is typed for a letter that leaves no blank but the signature."""

ADDRESS = "abuse@tube.example"
TERMS = {
    "--jurisdiction": "California",
    "--recipient": "Tube Hosting",
    "--recipient-address": ADDRESS,
    "--sender-address": "1 Lot Road",
    "--sender-email": "legal@studio.example",
    "--signatory": "S. Igner",
    "--purpose": "advertising",
    "--exceptions": "None applies.",
    "--fair-use-by": "C. Ounsel",
    "--fair-use-on": "2026-01-05",
    "--fair-use-reason": "It is neither parody nor comment.",
    "--law-confirmed-by": "C. Ounsel",
}
