package io.cairn.bench.cli;

import io.cairn.bench.floor.ForceFloor;
import io.cairn.bench.floor.ForcesTogether;
import io.cairn.bench.floor.JitterMeter;
import io.cairn.bench.floor.RingFloor;
import io.cairn.bench.report.Floor;
import io.cairn.bench.report.Latency;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The floors of one benchmark: measured a slice at a time, before each run, so that they saw the same machine as the runs did.
 */
final class Floors implements AutoCloseable {
    private static final int RING_MESSAGE_BYTES = 64;
    private static final int FORCES_PER_SLICE = 300;
    private static final long RING_SLICE_NS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long JITTER_SLICE_NS = TimeUnit.MILLISECONDS.toNanos(700);

    private final RingFloor ring = new RingFloor(RING_MESSAGE_BYTES);
    private final JitterMeter jitter = new JitterMeter(SystemNanoClock.INSTANCE);
    private final ForceFloor force;
    private final ForcesTogether together;

    Floors(final Path directory, final int recordBytes) {
        this(directory, recordBytes, 1);
    }

    /** With several members, what it costs when all of them force at once is a floor as well. */
    Floors(final Path directory, final int recordBytes, final int members) {
        try {
            force = new ForceFloor(directory, recordBytes);
            together = members < 2 ? null : new ForcesTogether(directory, recordBytes, members);
        } catch (final IOException ex) {
            throw new BenchException("the floor of the disk cannot be measured in " + directory + ": " + Failures.reason(ex), ex);
        }
    }

    /** Measures all floors for a while; the engine is idle meanwhile. */
    void measureSlice() {
        ring.measure(RING_SLICE_NS);
        jitter.measure(JITTER_SLICE_NS);
        try {
            force.measure(FORCES_PER_SLICE);
            if (null != together) {
                together.measure(force.fastest(), FORCES_PER_SLICE);
            }
        } catch (final IOException ex) {
            throw new BenchException("the floor of the disk cannot be measured: " + Failures.reason(ex), ex);
        }
    }

    /** What was measured. */
    List<Floor> results() {
        final Map<String, Object> methods = new LinkedHashMap<>();
        for (final ForceFloor.Method method : ForceFloor.Method.values()) {
            methods.put(name(method), Latency.of(force.histogram(method)).toJson());
        }
        final Map<String, Object> forceMore = facts(force.histogram(force.fastest()));
        forceMore.put("method", name(force.fastest()));
        forceMore.put("recordBytes", force.recordBytes());
        forceMore.put("methods", methods);
        final Map<String, Object> ringMore = facts(ring.histogram());
        ringMore.put("messageBytes", RING_MESSAGE_BYTES);
        final Map<String, Object> jitterMore = facts(jitter.histogram());
        jitterMore.put("gapsOver100MicrosPerSecond", jitter.hiccupsPerSecond());
        final List<Floor> floors = new ArrayList<>();
        floors.add(new Floor(Floor.RING_ROUND_TRIP, Latency.of(ring.histogram()), ringMore));
        floors.add(new Floor(Floor.FORCE, Latency.of(force.histogram(force.fastest())), forceMore));
        if (null != together) {
            final Map<String, Object> togetherMore = facts(together.histogram());
            togetherMore.put("threads", together.threads());
            togetherMore.put("method", name(force.fastest()));
            floors.add(new Floor(Floor.FORCES_TOGETHER, Latency.of(together.histogram()), togetherMore));
        }
        floors.add(new Floor(Floor.JITTER, Latency.of(jitter.histogram()), jitterMore));
        return floors;
    }

    private static Map<String, Object> facts(final Histogram histogram) {
        final Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("count", histogram.getTotalCount());
        return facts;
    }

    private static String name(final ForceFloor.Method method) {
        return method.name().toLowerCase(Locale.ROOT).replace('_', '+');
    }

    @Override
    public void close() {
        try {
            force.close();
            if (null != together) {
                together.close();
            }
        } catch (final IOException ex) {
            throw new BenchException("the files of the force floor could not be deleted: " + Failures.reason(ex), ex);
        }
    }
}
