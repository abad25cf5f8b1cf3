"""Where IVS listens; which operation a path means is left to botocore's model."""

from .responses import IVSResponse

url_bases = [r"https?://ivs\.(.+)\.amazonaws\.com"]

url_paths = {"{0}/.*$": IVSResponse.dispatch}
