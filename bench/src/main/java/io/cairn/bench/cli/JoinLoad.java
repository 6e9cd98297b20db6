package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedTarget;
import io.cairn.bench.load.KeyChooser;
import io.cairn.bench.load.LatencyRecorder;
import io.cairn.bench.load.OpenLoop;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.load.Target;
import io.cairn.bench.report.Latency;
import io.cairn.bench.report.Result;
import io.cairn.engine.client.ReplyStatus;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.SystemNanoClock;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Puts at a fixed rate, without a break over several phases, each recorded by itself; nothing that one phase leaves behind is measured in neither.
 * The generator's thread parks where nothing is due: members in processes of their own need the core, and what the park adds, it adds in every
 * phase.
 *
 * <p>Owner: the generator's thread.
 */
final class JoinLoad {
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(30);
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PARK_NS = 20_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Target target;
    private final EmbeddedTarget client;
    private final long rate;
    private final int inFlightMax;
    private final LatencyRecorder recorder = new LatencyRecorder();
    private final List<Result> results = new ArrayList<>();
    private OpenLoop loop;
    private long phaseStartNs;

    JoinLoad(final Target target, final EmbeddedTarget client, final long rate, final int inFlightMax) {
        this.target = target;
        this.client = client;
        this.rate = rate;
        this.inFlightMax = inFlightMax;
    }

    void start(final KeyChooser keys) {
        loop = new OpenLoop(target, SystemNanoClock.INSTANCE, recorder, OperationMix.only(Operation.PUT), keys, inFlightMax);
        loop.start(rate, LONGEST_NS, DRAIN_NS);
        begin();
    }

    /** From here on it is another phase. */
    void begin() {
        recorder.reset();
        phaseStartNs = System.nanoTime();
    }

    void turn() {
        if (null == loop) {
            target.poll(JoinLoad::nobodyAsked, 1);
            LockSupport.parkNanos(PARK_NS);
        } else if (0 == loop.doWork()) {
            LockSupport.parkNanos(PARK_NS);
        }
    }

    private static void nobodyAsked(final int slot, final int status) {
        throw new IllegalStateException("an answer " + status + " to what was not asked");
    }

    void drive(final long durationNs) {
        driveUntil(() -> false, durationNs);
    }

    /** @return whether it came true in time. */
    boolean driveUntil(final BooleanSupplier condition, final long durationNs) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs >= durationNs) {
                return false;
            }
            turn();
        }
        return true;
    }

    void stop() {
        loop.stop();
        while (!loop.isDone()) {
            turn();
        }
        loop = null;
    }

    /** @return the phase, which ends here. */
    Result end(final String variant) {
        final long tookNs = System.nanoTime() - phaseStartNs;
        final Histogram histogram = recorder.histogram(Operation.PUT).copy();
        if (recorder.failedCount() > 0) {
            throw new BenchException(recorder.failedCount() + " puts were refused: " + ReplyStatus.explain(client.lastFailedStatus()));
        }
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put(Result.VARIANT, variant);
        final Result result = new Result(Operation.name(Operation.PUT), "open", rate, histogram.getTotalCount() * (double) NANOS_PER_SECOND / tookNs,
            histogram.getTotalCount(), Latency.of(histogram), null, more);
        results.add(result);
        begin();
        return result;
    }

    List<Result> results() {
        return results;
    }
}
