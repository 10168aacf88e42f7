#!/bin/sh
# Shows that every kind of condition is tested: switches each off in turn (it then holds for every packet) and lists the rows of
# MatcherPairTests and BridgePortTests that fail for it; KINDS="Nth Limit" takes only some. Works on a copy of the tree that was built before, and replays on the JIT, so that one build of
# two projects serves all kinds:  tests/Mutation/matchers.sh [DIRECTORY]
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
copy=${1:-$(mktemp -d)}
mkdir -p "$copy"
cp -r "$top"/. "$copy"/
cd "$copy"
source=src/Conntrack.Firewall/Matching/Conditions.cs
python3 - "$source" src/Conntrack.Dataplane/Hosting/DataplaneOptions.cs <<'P'
import sys
path, options = sys.argv[1:]
text = open(path).read()
head = "        bool negated = (condition->Flags & Condition.Negated) != 0;\n"
assert text.count(head) == 1
text = text.replace(head, head + "        if ((int)condition->Kind == s_off)\n        {\n            return true;\n        }\n\n")
brace = "static unsafe class Conditions\n{\n"
text = text.replace(brace, brace + '    static readonly int s_off = int.Parse(Environment.GetEnvironmentVariable("MUTATED_KIND") ?? "-1");\n\n')
open(path, "w").write(text)
text = open(options).read()
assert "DataplaneRuntime.Aot" in text
open(options, "w").write(text.replace("DataplaneRuntime.Aot", "DataplaneRuntime.Jit"))
P
for project in Conntrack.Firewall Conntrack.Dataplane; do
    dotnet build "src/$project" -c Release --nologo -v q --no-dependencies -p:TreatWarningsAsErrors=false -p:EnforceCodeStyleInBuild=false -p:RunAnalyzers=false
done
cp artifacts/bin/Conntrack.Firewall/release/Conntrack.Firewall.dll artifacts/bin/Conntrack.Dataplane/release/Conntrack.Dataplane.dll artifacts/publish/Conntrack.Daemon/release/
number=0
sed -n '/enum ConditionKind/,/^}/p' src/Conntrack.Firewall/ConditionKind.cs | grep -E '^    [A-Z][A-Za-z0-9]*,$' | tr -d ' ,' | while read -r kind; do
    case " ${KINDS:-$kind} " in
    *" $kind "*) ;;
    *) number=$((number + 1)); continue ;;
    esac
    failed=$(MUTATED_KIND=$number dotnet exec artifacts/bin/Conntrack.Scenarios.Tests/release/Conntrack.Scenarios.Tests.dll \
        --filter-class Conntrack.Scenarios.Tests.MatcherPairTests --filter-class Conntrack.Scenarios.Tests.BridgePortTests 2>/dev/null | sed -n 's/^  failed: //p')
    echo "$kind: ${failed:-?} rows fail"
    number=$((number + 1))
done
