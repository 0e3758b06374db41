"""Settings: precedence, origins, profiles, and one line for everything that is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import SettingsError
from config.load import default_path, load
from config.options import OPTIONS
from config.settings import Settings


@pytest.fixture
def write(tmp_path: Path):
    """Writes a settings file and gives its path as text."""

    def writer(text: str) -> str:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return writer


def refusal(path: str | None = None, *, environ=None, flags=None, profile=None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(flags, environ or {}, config=path, profile=profile)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_nothing_anywhere_gives_the_defaults(tmp_path: Path) -> None:
    loaded = load(environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert loaded.settings == Settings()
    assert loaded.path is None
    assert set(loaded.origins.values()) == {"default"}


def test_each_layer_is_stronger_than_the_one_before(write) -> None:
    path = write(
        'timeout_seconds = 1\nproject = "file"\n[prometheus]\nurl = "http://file"\nmax_in_flight = 2\n'
        '[profiles.prod]\nproject = "profile"\n[profiles.prod.prometheus]\nurl = "http://profile/prefix/"\n'
    )
    environ = {"NIMDECK_PROJECT": "env", "NIMDECK_PROMETHEUS": "http://env"}
    loaded = load({"prometheus.url": "http://flag:9090/"}, environ, config=path, profile="prod")
    settings = loaded.settings
    assert settings.prometheus.url == "http://flag:9090"
    assert settings.project == "env"
    assert settings.prometheus.max_in_flight == 2
    assert settings.timeout_seconds == 1.0
    assert settings.profile == "prod"
    assert loaded.origins["prometheus.url"] == "--prometheus"
    assert loaded.origins["project"] == "NIMDECK_PROJECT"
    assert loaded.origins["prometheus.max_in_flight"] == f"{path}:5"
    assert loaded.origins["profile"] == "--profile"
    assert load(environ={}, config=path, profile="prod").settings.prometheus.url == "http://profile/prefix"


def test_the_file_and_the_environment_choose_a_profile(write) -> None:
    path = write('profile = "a"\n[profiles.a]\nproject = "of-a"\n[profiles.b]\nproject = "of-b"\n')
    assert load(environ={}, config=path).settings.project == "of-a"
    assert load(environ={"NIMDECK_PROFILE": "b"}, config=path).settings.project == "of-b"
    assert load(environ={"NIMDECK_CONFIG": path}).profiles == ("a", "b")
    assert load(environ={}, config=path, profile="default").settings.project is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[prometheus]\nulr = 'x'\n", ("config.toml:2", "prometheus.ulr", "did you mean url?")),
        ("\n\n[promtheus]\n", ("config.toml:3", "promtheus", "did you mean prometheus?")),
        ("read_only = 'yes please'\n", ("config.toml:1", "read_only", "'yes please'", "true or false")),
        ("[prometheus]\ntimeout_seconds = 'ten'\n", ("config.toml:2", "'ten' is not a number of seconds")),
        ("[prometheus]\ntimeout_seconds = -3\n", ("config.toml:2", "-3")),
        ("[prometheus]\ntimeout_seconds = nan\n", ("config.toml:2", "nan")),
        ("[prometheus]\nmax_in_flight = 2.5\n", ("config.toml:2", "2.5 is not a whole number")),
        ("[prometheus]\nmax_in_flight = 1000\n", ("config.toml:2", "at most 64")),
        ("[prometheus]\nurl = 'prom:9090'\n", ("config.toml:2", "'prom:9090'", "http://host:9090")),
        ("[prometheus]\nurl = 'http://prom:99999'\n", ("config.toml:2", "Port out of range")),
        ("[prometheus]\nurl = 9090\n", ("config.toml:2", "9090 is not an http or https address")),
        ("prometheus = 'http://x'\n", ("config.toml:1", "is not a table", "[prometheus]")),
        ("[kubernetes]\nnamespaces = 'a,b'\n[screen]\ntheme = 'solar'\n", ("config.toml:4", "'solar'", "nimdeck-dark")),
        ("[kubernetes]\nnamespaces = [1]\n", ("config.toml:2", "a list of texts")),
        ("[kubernetes]\nkubeconfig = 'absent.yaml'\n", ("config.toml:2", "absent.yaml does not exist")),
        ("log_file = 'no/such/folder/x.log'\n", ("config.toml:1", "is no folder")),
        ("project = ''\n", ("config.toml:1", "project", "is empty")),
        ("[profiles.prod.prometheus]\nurls = 'x'\n", ("config.toml:2", "profiles.prod.prometheus.urls", "url?")),
        ("[keys]\n'app.pauze' = 'x'\n", ("config.toml:2", "did you mean app.pause?")),
        ("[keys]\napp.pause = 'ctrl+s'\n", ("config.toml:2", "'ctrl+s' is taken")),
        ("[keys]\n'app.pause' = 'the p key'\n", ("config.toml:2", "not the name of a key")),
        ("read_only = \n", ("config.toml", "is not TOML", "line 1")),
        ("[prometheus]\nusername = 'me'\n", ("config.toml:2", "has no password", "NIMDECK_PROMETHEUS_PASSWORD")),
        ("[runai]\nclient_id = 'me'\n", ("config.toml:2", "has no secret", "NIMDECK_RUNAI_CLIENT_SECRET")),
    ],
)
def test_wrong_input_is_one_line_with_file_line_key_value_and_mend(write, text: str, parts: tuple[str, ...]) -> None:
    line = refusal(write(text))
    for part in parts:
        assert part in line


@pytest.mark.parametrize("key", ["prometheus.token", "prometheus.password", "runai.client_secret"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(write, key: str) -> None:
    table, name = key.split(".")
    line = refusal(write(f"[{table}]\n{name} = 'hunter2'\n"))
    assert "hunter2" not in line
    assert f"{name}_file" in line
    assert f"NIMDECK_{table.upper()}_{name.upper()}" in line


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    line = refusal(environ={"NIMDECK_PROMETHEUS": "http://me:hunter2@prom:9090"})
    assert line.startswith("NIMDECK_PROMETHEUS: ")
    assert "hunter2" not in line


def test_missing_files_are_named_with_what_asked_for_them(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.toml")
    assert refusal(gone).startswith(f"--config: {gone} does not exist")
    assert refusal(environ={"NIMDECK_CONFIG": gone}).startswith("NIMDECK_CONFIG: ")
    assert refusal(flags={"kubernetes.kubeconfig": gone}).startswith(f"--kubeconfig: {gone} does not exist")
    assert refusal(environ={"NIMDECK_KUBECONFIG": str(tmp_path)}) == (
        f"NIMDECK_KUBECONFIG: {tmp_path} is a folder; name a file that can be read"
    )


def test_an_unknown_profile_names_the_known_ones(write) -> None:
    path = write("[profiles.era-prod]\n")
    assert "did you mean era-prod?" in refusal(path, profile="era-prd")
    assert "[profiles.x]" in refusal(write(""), profile="x")


def test_a_file_that_another_profile_needs_may_be_missing(write) -> None:
    path = write("[profiles.far.kubernetes]\nkubeconfig = 'not-mounted.yaml'\n")
    assert load(environ={}, config=path).settings.kubernetes.kubeconfig is None
    assert f"{path}:2" in refusal(path, profile="far")


def test_a_misspelt_variable_is_refused_but_not_what_kubernetes_sets_for_a_service() -> None:
    assert "did you mean NIMDECK_PROMETHEUS?" in refusal(environ={"NIMDECK_PROMETEUS": "http://x"})
    loaded = load(environ={"NIMDECK_PORT": "tcp://10.0.0.1:80", "NIMDECK_SERVICE_HOST": "10.0.0.1", "HOME": "/nowhere"})
    assert loaded.settings == Settings()


def test_relative_paths_in_the_file_start_at_the_file_and_tilde_is_home(tmp_path: Path, write, monkeypatch) -> None:
    (tmp_path / "ca.pem").write_text("x")
    monkeypatch.setenv("HOME", str(tmp_path))
    path = write("[prometheus]\nca_file = 'ca.pem'\n[runai]\nca_file = '~/ca.pem'\n")
    settings = load(environ={}, config=path).settings
    assert settings.prometheus.ca_file == settings.runai.ca_file == tmp_path / "ca.pem"


def test_secrets_from_the_environment_never_show() -> None:
    loaded = load(environ={"NIMDECK_PROMETHEUS_TOKEN": "hunter2", "HOME": "/nowhere"})
    assert loaded.settings.prometheus.token is not None
    assert loaded.settings.prometheus.token.reveal() == "hunter2"
    assert "hunter2" not in repr(loaded)


def test_own_keys_may_be_written_with_and_without_quotes(write) -> None:
    loaded = load(environ={}, config=write("[keys]\napp.pause = 'f2'\n'app.refresh' = 'r, f5'\n"))
    assert loaded.settings.keys == {"app.pause": "f2", "app.refresh": "r, f5"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_CONFIG_HOME": "/etc/xdg", "HOME": "/home/me"}, "/etc/xdg/nimdeck/config.toml"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/home/me"}, "/home/me/.config/nimdeck/config.toml"),
        ({"HOME": "/home/me"}, "/home/me/.config/nimdeck/config.toml"),
    ],
)
def test_the_default_place_is_xdg(environ: dict[str, str], expected: str) -> None:
    assert str(default_path(environ)) == expected


@given(
    key=st.sampled_from([option.key for option in OPTIONS]),
    value=st.one_of(st.text(max_size=30), st.integers().map(str), st.floats().map(str)),
)
def test_any_text_in_any_variable_is_taken_or_refused_in_one_line(key: str, value: str) -> None:
    option = next(option for option in OPTIONS if option.key == key)
    try:
        load(environ={option.env: value, "HOME": "/nowhere"})
    except SettingsError as error:
        # A value may come alone that needs another; else the variable is named first.
        assert str(error).startswith(option.env)
        assert "\n" not in str(error)
