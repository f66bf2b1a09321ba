"""Documents: PDF, DOCX and HTML, made of data that strangers wrote parts of."""
