"""The YAML files of examples/deploy: what Kubernetes and Compose need is there, and belongs together."""
import pathlib
import sys

import yaml

folder = pathlib.Path(sys.argv[1])


def check_kubernetes(documents):
    claim, job = documents
    assert claim["kind"] == "PersistentVolumeClaim" and claim["apiVersion"] == "v1"
    assert job["kind"] == "CronJob" and job["apiVersion"] == "batch/v1"
    spec = job["spec"]
    assert len(spec["schedule"].split()) == 5 and spec["concurrencyPolicy"] == "Forbid"
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in ("Never", "OnFailure")
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["backups"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    (container,) = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert set(mounts.values()) == set(volumes)
    assert "/tmp" in mounts or not container["securityContext"]["readOnlyRootFilesystem"]
    check_arguments(container["args"], list(mounts))


def check_compose(documents):
    (document,) = documents
    service = document["services"]["backup"]
    for secret in service["secrets"]:
        assert secret in document["secrets"]
    targets = [volume.split(":")[-1] for volume in service["volumes"]] + ["/run/secrets"]
    assert "/tmp" in targets or not service["read_only"]
    check_arguments(service["command"], targets)
    assert (folder / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def check_arguments(arguments, mounts):
    assert all(isinstance(argument, str) for argument in arguments)
    for option in ("-o", "--token-file"):
        path = arguments[arguments.index(option) + 1]
        assert any(path.startswith(mount) for mount in mounts), path


for name, check in (("kubernetes.yaml", check_kubernetes), ("compose.yaml", check_compose)):
    check(list(yaml.safe_load_all((folder / name).read_text())))
