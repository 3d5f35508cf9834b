#!/usr/bin/env bash
# Asks a Paragon MNIST service what Paragon's own harness asks, in its order and with its tools: /health twice,
# /images/list, /parity; then shows a table, both probability vectors and their distance, and leaves parity_report.json
# (the body of /parity) and parity_summary.csv in the current folder. A row whose gpu is null stops it, as it does theirs.
#
#   bash harness.sh http://127.0.0.1:8787
set -euo pipefail

service=${1:?the address of the service is missing, e.g. http://127.0.0.1:8787}
report=parity_report.json
summary=parity_summary.csv

# What both the table and the file need of a row: the absolute differences of its two probability vectors.
distances='
  def distances: [.cpu.probs, .gpu.probs] | if (.[1] | type) != "array" then error("gpu has no probs") else transpose end
    | map(.[0] - .[1] | if . < 0 then -. else . end);
  def l2: map(. * .) | add | sqrt;'

curl -fs "$service/health" | jq . >/dev/null || { echo "nothing answers at $service" >&2; exit 1; }
curl -fs "$service/health" | jq .
curl -fs "$service/images/list" | jq .
curl -fs "$service/parity" -o "$report"

if [ "$(jq .gpu_available "$report")" = true ]; then echo "a GPU answered"; else echo "no GPU is reported"; fi

printf '%-8s %-8s %-8s %-6s %12s %14s %14s %14s\n' image cpu_pred gpu_pred match ms max_abs_diff mean_abs_diff l2_diff
while IFS= read -r row; do
  jq -r "$distances"' distances as $d
    | [.image, .cpu.pred, .gpu.pred, .match, (.gpu.latency_sec // .cpu.latency_sec) * 1000,
       ($d | max), ($d | add / length), ($d | l2)] | @tsv' <<<"$row" |
    awk -F '\t' '{ printf "%-8s %-8s %-8s %-6s %12.3f %14.9f %14.9f %14.9f\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
  jq -r '"  cpu \(.cpu.probs | tojson)\n  gpu \(.gpu.probs | tojson)"' <<<"$row"
done < <(jq -c '.results[]' "$report")

echo "image,cpu_pred,gpu_pred,match,cpu_latency_sec,gpu_latency_sec,max_abs_diff,mean_abs_diff,l2_diff" >"$summary"
jq -r "$distances"' .results[] | distances as $d
  | [.image, .cpu.pred, .gpu.pred, .match, .cpu.latency_sec, .gpu.latency_sec,
     ($d | max), ($d | add / length), ($d | l2)] | map(tostring) | join(",")' "$report" >>"$summary"

awk -F , 'NR > 1 && $7 > most { most = $7 } END { printf "largest difference of a probability: %.9f\n", most }' "$summary"
if [ "$(jq .mismatches "$report")" -eq 0 ]; then
  echo "perfect parity across $(jq .total "$report") images"
else
  echo "$(jq .mismatches "$report") of $(jq .total "$report") labels differ"
fi
