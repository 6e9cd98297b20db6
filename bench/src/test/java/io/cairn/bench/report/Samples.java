package io.cairn.bench.report;

import org.HdrHistogram.Histogram;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A document such as a latency run gives, drawn from a seed. No measurement.
 */
final class Samples {
    private Samples() {
    }

    static Histogram histogram(final long seed, final double medianNs, final double tail) {
        final SplittableRandom random = new SplittableRandom(seed);
        final Histogram histogram = new Histogram(1, 600_000_000_000L, 3);
        for (int i = 0; i < 200_000; i++) {
            final double u = random.nextDouble();
            histogram.recordValue((long) (medianNs * (0.9 + 0.2 * random.nextDouble()) * Math.pow(0.5 / (1 - u) + 0.5, tail)));
        }
        return histogram;
    }

    static Result result(final String operation, final String mode, final Long rate, final double medianNs, final double tail, final long seed) {
        final Map<String, Object> more = new LinkedHashMap<>();
        if (null == rate) {
            more.put("inFlight", 1);
        }
        more.put("failed", 0);
        more.put("allocatedBytesPerOperationByThread", Map.of("generator", 0.0));
        return new Result(operation, mode, rate, null == rate ? 1e9 / medianNs : rate, 200_000,
            Latency.of(histogram(seed, medianNs, tail)), 0.0, more);
    }

    static List<Result> results(final long seed) {
        return List.of(
            result("put", "open", 20_000L, 128_000, 0.16, seed),
            result("put", "closed", null, 121_000, 0.12, seed + 1),
            result("get", "open", 20_000L, 2_300, 0.42, seed + 2),
            result("get", "closed", null, 1_350, 0.31, seed + 3));
    }

    static Document document(final long seed) {
        final Map<String, Object> configuration = new LinkedHashMap<>();
        configuration.put("threading", "SHARED");
        configuration.put("keys", 1_000_000);
        configuration.put("keyBytes", 16);
        configuration.put("valueBytes", 100);
        configuration.put("durationNs", 3_000_000_000L);
        final Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("cores", 2);
        machine.put("system", "Linux");
        machine.put("finishedAt", "2026-01-01T00:00:00Z");
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("durabilityMeaning", "forced before acknowledged, one force per group: survives power loss");
        more.put("findings", List.of("put, closed, one in flight: p50 is 1.08 × the fastest force of the same record."));
        return new Document("latency", "balanced", "group", configuration, machine, results(seed),
            List.of(
                new Floor(Floor.RING_ROUND_TRIP, Latency.of(histogram(seed + 10, 210, 0.25)), Map.of("count", 200_000)),
                new Floor(Floor.FORCE, Latency.of(histogram(seed + 11, 112_000, 0.1)), Map.of("method", "pwrite_fdatasync", "count", 200_000)),
                new Floor(Floor.JITTER, Latency.of(histogram(seed + 12, 25, 0.9)), Map.of("count", 200_000))),
            List.of(results(seed), results(seed + 100), results(seed + 200)),
            more);
    }
}
