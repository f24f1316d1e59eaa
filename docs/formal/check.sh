#!/bin/sh
# Runs the models with Verifpal where it is installed (crate `verifpal` 1.6), and compares with what they expect.
if ! command -v verifpal >/dev/null; then
	echo "verifpal is not installed: nothing was checked"
	exit 0
fi
wrong=0
for model in "$(dirname "$0")"/*.vp; do
	expected=$(sed -n 's|^// Expected with \([0-9]*\) sessions\{0,1\}: \(.*\)$|\1=\2|p' "$model")
	if [ -z "$expected" ]; then
		echo "$model expects nothing"
		wrong=1
	fi
	for line in $expected; do
		found=$(verifpal verify "$model" --sessions "${line%=*}" --result-code | tail -1)
		echo "$(basename "$model"), sessions: ${line%=*}, expected: ${line#*=}, found: $found"
		[ "$found" = "${line#*=}" ] || wrong=1
	done
done
exit $wrong
