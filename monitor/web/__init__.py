"""The two faces that a browser and a program see: console and API. They call the services that the command line calls."""
