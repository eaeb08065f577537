#!/usr/bin/env python3
"""Reads `swift package show-dependencies --format json` and writes a CycloneDX 1.5 bill of materials: the Swift
packages that are linked into the program, and the Debian packages whose libraries it loads.
Usage: swift package show-dependencies --format json | bill-of-materials.py VERSION PROGRAM"""
import hashlib
import json
import subprocess
import sys


def swift_packages(node, found):
    for dependency in node["dependencies"]:
        found[dependency["url"]] = dependency["version"]
        swift_packages(dependency, found)
    return found


def loaded_libraries(program):
    """The Debian packages, with versions, of the shared libraries that the loader finds for the program."""
    lines = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines()
    paths = [line.split("=>")[1].split()[0] for line in lines if "=>" in line]
    packages = {}
    for path in paths:
        # Debian 12 lists libraries under /usr/lib or /lib, whichever its package wrote.
        for name in (path, "/usr" + path, path.removeprefix("/usr")):
            owner = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
            if owner.returncode == 0:
                package = owner.stdout.split(": ")[0]
                query = ["dpkg-query", "-W", "-f", "${Package} ${Version}", package]
                found = subprocess.run(query, capture_output=True, text=True, check=True)
                name, version = found.stdout.split(" ")
                packages[name] = version
                break
    return packages


def main(version, program):
    components = [
        {"type": "library", "name": url.removeprefix("https://").removesuffix(".git"), "version": number,
         "purl": "pkg:swift/%s@%s" % (url.removeprefix("https://").removesuffix(".git"), number)}
        for url, number in sorted(swift_packages(json.load(sys.stdin), {}).items())
    ] + [
        {"type": "library", "name": name, "version": number, "purl": "pkg:deb/debian/%s@%s" % (name, number)}
        for name, number in sorted(loaded_libraries(program).items())
    ]
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {
            "type": "application", "name": "banyan", "version": version,
            "hashes": [{"alg": "SHA-256", "content": digest}],
            "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": components,
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
