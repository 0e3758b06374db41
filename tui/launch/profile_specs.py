"""The specs that a profile of the library holds."""

from config.profiles import Profile
from tui.launch.spec_file import SpecError, parse_specs
from tui.model.launch_spec import LaunchSpec


def specs_of(profile: Profile) -> tuple[LaunchSpec, ...]:
    """One spec, or several that belong together. Raises ``SpecError``, with the profile's path."""
    try:
        return parse_specs(profile.text, "toml" if profile.path.suffix == ".toml" else "yaml")
    except SpecError as error:
        raise SpecError(error.errors, profile.path) from None
