"""What encoders send."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ivs_emulator.ingest import Video
from ivskit_local.scenarios.run import Run
from ivskit_local.scenarios.steps import OnChannel


class Send(OnChannel):
    """The encoder changes what it sends: bitrate in bits per second, keyframe_interval in seconds.

    What is left out is as encoders send it by default: 720p at 30 frames and 2.5 Mbit/s, with a
    keyframe every two seconds.
    """

    do: Literal["send"]
    bitrate: Annotated[int, Field(gt=0)] | None = None
    framerate: Annotated[int, Field(gt=0)] | None = None
    keyframe_interval: Annotated[int, Field(gt=0)] | None = None

    @property
    def sentence(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self._given.items())
        return f"{self.channel} sends {said or 'as usual'}"

    @property
    def _given(self) -> dict[str, Any]:
        wanted = {"bitrate", "framerate", "keyframe_interval"}
        return self.model_dump(include=wanted, exclude_none=True)

    def carry_out(self, run: Run) -> None:
        run.world.ivs.send(run.arns[self.channel], video=Video(**self._given))
