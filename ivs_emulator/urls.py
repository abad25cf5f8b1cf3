"""Where IVS listens; which operation a path means is left to botocore's model."""

from .responses import respond

url_bases = [r"https?://ivs\.(.+)\.amazonaws\.com"]

# Named, since that alone is a pattern to the server of older versions of moto.
url_paths = {"{0}/(?P<path>.*)$": respond}
