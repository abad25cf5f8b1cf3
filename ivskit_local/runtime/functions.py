"""A function as the template declares it, and the context that Lambda passes to its handler."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from os import devnull

from ivskit_local.runtime.permissions import Place


@dataclass(frozen=True)
class Function:
    """What the template declares; `name` is the package that holds the handler."""

    physical_name: str
    handler: str
    role: str
    timeout: int
    memory: int
    variables: Mapping[str, str]
    place: Place
    may_loop: bool = False

    @property
    def name(self) -> str:
        return self.handler.partition(".")[0]

    @property
    def arn(self) -> str:
        return self.place.arn("lambda", f"function:{self.physical_name}")

    def environment(self) -> dict[str, str]:
        """What Lambda sets, the role's credentials, and the function's own variables."""
        return {
            "AWS_REGION": self.place.region,
            "AWS_DEFAULT_REGION": self.place.region,
            "AWS_ACCESS_KEY_ID": "ASIALOCALRUNTIME0000",
            "AWS_SECRET_ACCESS_KEY": "local",  # nothing checks signatures on a laptop
            "AWS_SESSION_TOKEN": f"local:{self.role}",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python",
            "AWS_LAMBDA_FUNCTION_NAME": self.physical_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.physical_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_TASK_ROOT": "/var/task",
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_HANDLER": self.handler,
            "LANG": "en_US.UTF-8",
            "TZ": "UTC",
            # A developer's own configuration does not exist in Lambda, and this is no real account.
            "AWS_CONFIG_FILE": devnull,
            "AWS_SHARED_CREDENTIALS_FILE": devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_ACCOUNT_ID": self.place.account,
            **self.variables,
        }


@dataclass(frozen=True)
class Context:
    """Lambda's context object."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    log_group_name: str
    deadline: datetime
    log_stream_name: str = "local"
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None
    tenant_id: None = None

    def get_remaining_time_in_millis(self) -> int:
        """How much virtual time is left."""
        return max(0, round((self.deadline.timestamp() - time.time()) * 1000))


def context_of(function: Function, *, request_id: str, deadline: datetime) -> Context:
    """The context of one invocation."""
    return Context(
        aws_request_id=request_id,
        function_name=function.physical_name,
        invoked_function_arn=function.arn,
        memory_limit_in_mb=str(function.memory),
        log_group_name=f"/aws/lambda/{function.physical_name}",
        deadline=deadline,
    )
