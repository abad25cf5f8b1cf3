"""The stores of revocations: jobs, the audience, and the bucket of manifests and reports."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from .event_function import EventFunction
from .nag import accept
from .settings import Settings
from .tables import expiring_table

KEPT_DAYS = 30
ANY_MANIFEST = "Whoever asks for a revocation names its manifest."


class RevocationStores(Construct):
    """Two tables, a bucket, and their published addresses."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._jobs = expiring_table(
            self, "Jobs", existing=settings.tables.jobs, partition_key="job", sort_key="item"
        )
        self._audience = self._audience_table() if settings.revocation.audience else None
        self._bucket = self._report_bucket()
        self._publish("jobs", self._jobs.table_name, "The table of revocation jobs.")
        self._publish(
            "reports",
            self._bucket.bucket_name,
            "The bucket for manifests, under manifests/, and reports.",
        )
        if self._audience is not None:
            table = self._audience.table_name
            self._publish(
                "audience",
                table,
                "The table in which your application records whom it issues tokens to.",
            )

    def allow_planning(self, function: EventFunction) -> None:
        """Permit the function to begin jobs and to report on them."""
        wanted = self._settings.revocation
        function.set_variable("IVSKIT_JOBS", self._jobs.table_name)
        function.set_variable(
            "IVSKIT_AUDIENCE", self._audience.table_name if self._audience else ""
        )
        function.set_variable("IVSKIT_REPORTS", self._bucket.bucket_name)
        function.set_variable("IVSKIT_SESSION_VERSIONS", wanted.session_versions)
        buckets = [self._bucket.bucket_name, *wanted.manifest_buckets]
        function.set_variable("IVSKIT_MANIFEST_BUCKETS", " ".join(buckets))
        function.allow(
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            on=self._jobs.table_arn,
        )
        if self._audience is not None:
            function.allow("dynamodb:Query", on=self._audience.table_arn)
        self._allow_objects(function)

    def allow_counting(self, function: EventFunction) -> None:
        """Permit the function to count revoked viewers."""
        function.set_variable("IVSKIT_JOBS", self._jobs.table_name)
        function.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=self._jobs.table_arn)

    def allow_looking(self, function: EventFunction) -> None:
        """Permit the function to read how far a job is."""
        function.set_variable("IVSKIT_JOBS", self._jobs.table_name)
        function.allow("dynamodb:GetItem", "dynamodb:Query", on=self._jobs.table_arn)

    def _allow_objects(self, function: EventFunction) -> None:
        function.allow(
            "s3:PutObject",
            on=self._bucket.arn_for_objects("reports/*"),
            because="A report is named after its job.",
        )
        function.allow(
            "s3:GetObject", on=self._bucket.arn_for_objects("manifests/*"), because=ANY_MANIFEST
        )
        for name in self._settings.revocation.manifest_buckets:
            arn = Stack.of(self).format_arn(
                service="s3", region="", account="", resource=name, resource_name="*"
            )
            function.allow("s3:GetObject", on=arn, because=ANY_MANIFEST)

    def _audience_table(self) -> dynamodb.ITable:
        return expiring_table(
            self,
            "Audience",
            existing=self._settings.tables.audience,
            partition_key="channel_shard",
            sort_key="viewer_id",
        )

    def _report_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Reports",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(KEPT_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(
            bucket,
            rule="AwsSolutions-S1",
            because="Who revokes whom is in the audit log; access logs need a second bucket.",
        )
        return bucket

    def _publish(self, what: str, value: str, description: str) -> None:
        ssm.StringParameter(
            self,
            f"{what.capitalize()}Address",
            parameter_name=f"/ivskit/{self._settings.stage}/{what}",
            description=description,
            string_value=value,
        )
        CfnOutput(self, f"{what.capitalize()}Name", value=value, description=description)
