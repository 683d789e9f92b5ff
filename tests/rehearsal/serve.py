"""`python -m tests.rehearsal.serve PORT`: all functions of one deployment on one origin, in one process."""

from __future__ import annotations

import sys

import uvicorn
from functions_framework.aio import create_asgi_app
from starlette.applications import Starlette

from scripts import manifest
from scripts.local.front import FunctionRoute
from scripts.yaml_file import ROOT


def main() -> None:
    routes = [
        FunctionRoute(name, create_asgi_app(name, str(ROOT / "functions" / name / "main.py")))  # type: ignore[no-untyped-call]
        for name in manifest.load().functions
    ]
    uvicorn.run(Starlette(routes=routes), port=int(sys.argv[1]), http="h11", log_level="critical")


if __name__ == "__main__":
    main()
