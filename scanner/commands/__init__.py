"""What each command does, from parsed arguments to an exit code: a module for each family of commands.

Heavy modules are loaded where they are needed, so that --help loads none.
"""

from scanner.commands.baseline import compare_command
from scanner.commands.collect import query_command, snapshot_command
from scanner.commands.config import config_schema_command, config_show_command
from scanner.commands.explain import explain_command
from scanner.commands.fix import fix_command
from scanner.commands.guest import guest_script_command, ingest_command
from scanner.commands.policies import (
    policies_docs_command,
    policies_lint_command,
    policies_list_command,
    policies_new_command,
    policies_show_command,
    policies_test_command,
)
from scanner.commands.report import report_command
from scanner.commands.scan import scan_command
from scanner.commands.schedules import schedules_command
from scanner.commands.verify import verify_command
from scanner.commands.waive import waive_command

__all__ = [
    "compare_command",
    "config_schema_command",
    "config_show_command",
    "explain_command",
    "fix_command",
    "guest_script_command",
    "ingest_command",
    "policies_docs_command",
    "policies_lint_command",
    "policies_list_command",
    "policies_new_command",
    "policies_show_command",
    "policies_test_command",
    "query_command",
    "report_command",
    "scan_command",
    "schedules_command",
    "snapshot_command",
    "verify_command",
    "waive_command",
]
