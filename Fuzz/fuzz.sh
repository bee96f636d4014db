#!/bin/bash
# Builds the fuzz targets with AddressSanitizer and libFuzzer, and runs each for SECONDS (60), or those that are named.
#   SECONDS_EACH=600 Fuzz/fuzz.sh head xml
# Inputs that found something new are kept in .build/fuzz/corpus, findings in .build/fuzz/findings; a finding is run again by
# naming its file:  CAIRN_FUZZ_TARGET=head .build/fuzz/fuzz FILE
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(head chunked aws xml policy signature form segment)
build=$PWD/.build/fuzz
mkdir -p "$build"

# One option for both sanitizers: of two the compiler takes the last, and without the fuzzer's there are no edges to see.
# Not optimized: the inliner would hide edges.
swift build --package-path Fuzz --scratch-path "$build/package" --product FuzzTargets \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing
library=$(swift build --package-path Fuzz --scratch-path "$build/package" --show-bin-path)/libFuzzTargets.a
# The whole archive: nothing in the program names the entry that the fuzzer's runtime calls.
swiftc -sanitize=fuzzer,address -o "$build/fuzz" -Xlinker --whole-archive "$library" -Xlinker --no-whole-archive \
    -lssl -lcrypto -lz -lsqlite3

status=0
for target in "${targets[@]}"; do
    mkdir -p "$build/corpus/$target" "$build/findings"
    echo "fuzz: $target for $seconds s"
    # Swift's own backtraces take minutes under a sanitizer, and tell no more than its report.
    CAIRN_FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no "$build/fuzz" \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$target-" \
        "$build/corpus/$target" "Fuzz/Corpus/$target" >"$build/$target.log" 2>&1 || status=1
    # A fuzzer that sees no edges tries at random, finds nothing and says that all is well.
    if grep -q 'no interesting inputs were found' "$build/$target.log"; then
        echo "fuzz: $target is not instrumented"
        status=1
    fi
    grep -E 'stat::number_of_executed_units|PROPERTY|ERROR|Fatal|SUMMARY' "$build/$target.log" || true
done
exit $status
