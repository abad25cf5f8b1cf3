"""What is deployed. The wheel has this package as `ivskit_cdk`, for CDK apps of others."""

from .construct import IvskitAutomation
from .setting_sources import read_settings
from .settings import Settings, WrongSetting
from .shared import RANDOM_IDS, Shared

__all__ = ["RANDOM_IDS", "IvskitAutomation", "Settings", "Shared", "WrongSetting", "read_settings"]
