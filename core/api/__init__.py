"""The face for programs: REST under `/api/v1` on the platform's host, described by OpenAPI 3.1."""
