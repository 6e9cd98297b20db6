package io.cairn.bench.cli;

import io.cairn.bench.load.LatencyRecorder;
import io.cairn.bench.load.PhaseOutcome;
import io.cairn.bench.report.Latency;
import io.cairn.bench.report.Result;
import org.HdrHistogram.Histogram;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Collects the phases of one series over the runs: each run by itself, and all together.
 */
final class Series {
    private final String operation;
    private final String mode;
    private final Long rate;
    private final Map<String, Object> more;
    private final int operationId;
    private final Histogram total = LatencyRecorder.newHistogram();
    private final Map<String, Long> allocatedBytes = new LinkedHashMap<>();
    private long completed;
    private long failed;
    private long unanswered;
    private long backPressured;
    private long sendDelayNsMax;
    private long elapsedNs;
    private long allCompleted;

    Series(final String operation, final int operationId, final String mode, final Long rate, final Map<String, Object> more) {
        this.operation = operation;
        this.operationId = operationId;
        this.mode = mode;
        this.rate = rate;
        this.more = more;
    }

    /** Adds a phase and returns its result by itself. */
    Result add(final PhaseOutcome outcome) {
        final Series single = new Series(operation, operationId, mode, rate, more);
        single.accumulate(outcome);
        accumulate(outcome);
        return single.result();
    }

    private void accumulate(final PhaseOutcome outcome) {
        final Histogram histogram = outcome.histogram(operationId);
        total.add(histogram);
        completed += histogram.getTotalCount();
        allCompleted += outcome.tally().completed();
        failed += outcome.failed();
        unanswered += outcome.tally().unanswered();
        backPressured += outcome.tally().backPressured();
        sendDelayNsMax = Math.max(sendDelayNsMax, outcome.tally().sendDelayNsMax());
        elapsedNs += outcome.tally().elapsedNs();
        outcome.allocatedBytes().forEach((thread, bytes) -> allocatedBytes.merge(thread, bytes, Long::sum));
    }

    /** All phases together. */
    Result result() {
        final Map<String, Object> fields = new LinkedHashMap<>(more);
        fields.put("backPressured", backPressured);
        fields.put("failed", failed);
        fields.put("unanswered", unanswered);
        fields.put("sendDelayNsMax", sendDelayNsMax);
        final Map<String, Object> byThread = new LinkedHashMap<>();
        long bytes = 0;
        for (final Map.Entry<String, Long> entry : allocatedBytes.entrySet()) {
            bytes += entry.getValue();
            byThread.put(entry.getKey(), perOperation(entry.getValue()));
        }
        fields.put("allocatedBytesPerOperationByThread", byThread);
        return new Result(operation, mode, rate, elapsedNs <= 0 ? 0 : completed * 1e9 / elapsedNs, completed, Latency.of(total),
            perOperation(bytes), fields);
    }

    private double perOperation(final long bytes) {
        return 0 == allCompleted ? 0 : (double) bytes / allCompleted;
    }

    String name() {
        return result().label();
    }

    Histogram histogram() {
        return total;
    }

    /** What went wrong, on one line, or null. */
    String failure() {
        if (0 == failed && 0 == unanswered) {
            return null;
        }
        return operation + ' ' + mode + ": " + failed + " operations failed, " + unanswered + " were never answered";
    }
}
