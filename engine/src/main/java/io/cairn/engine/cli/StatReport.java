package io.cairn.engine.cli;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.cairn.engine.status.CounterSample;
import io.cairn.engine.status.CountersView;
import io.cairn.engine.status.EngineCounter;

/**
 * Renders the counters of a node, for a person with rates since the rendering before, or as JSON. One thread.
 */
final class StatReport {
    private static final String[] STATES = {"starting", "running", "failed", "closed"};

    private final boolean traces;
    private final Map<String, Long> previous = new HashMap<>();
    private long previousNs;

    StatReport(final boolean traces) {
        this.traces = traces;
    }

    private static String state(final CountersView view, final List<CounterSample> samples) {
        final long value = StatCommand.value(samples, EngineCounter.NODE_STATE);
        final String state = value >= 0 && value < STATES.length ? STATES[(int)value] : "unknown";
        final boolean endedByItself = value == EngineCounter.STATE_CLOSED || value == EngineCounter.STATE_FAILED;
        return view.process().isAlive() || endedByItself ? state : "gone without closing";
    }

    String text(final CountersView view, final boolean withRates) {
        final List<CounterSample> samples = view.samples();
        final long nowNs = System.nanoTime();
        final double seconds = (nowNs - previousNs) / 1e9;
        final StringBuilder text = new StringBuilder(4096);
        text.append(String.format(Locale.ROOT, "node %d  pid %d (%s)  %s  since %s  at %s%n", view.nodeId(), view.process().pid(),
            view.process().isAlive() ? "alive" : "not running", state(view, samples), Instant.ofEpochMilli(view.nodeStartMs()), Instant.now()));
        for (final CounterSample sample : samples) {
            text.append(String.format(Locale.ROOT, "%-28s %20s", sample.label(), written(sample)));
            final Long before = previous.put(sample.label(), sample.value());
            if (withRates && before != null && sample.counter().kind() == EngineCounter.Kind.COUNTER) {
                text.append(String.format(Locale.ROOT, " %,16.0f/s", (sample.value() - before) / seconds));
            }
            text.append(System.lineSeparator());
        }
        appendDerived(text, samples);
        for (final CountersView.ErrorSample error : view.errors()) {
            text.append(String.format(Locale.ROOT, "error %d times, first %s, last %s: %s%n", error.count(), Instant.ofEpochMilli(error.firstMs()),
                Instant.ofEpochMilli(error.lastMs()), traces ? error.trace() : firstLine(error.trace())));
        }
        previousNs = nowNs;
        return text.toString().stripTrailing();
    }

    private static void appendDerived(final StringBuilder text, final List<CounterSample> samples) {
        appendRatio(text, "entries per force", "%20.1f", StatCommand.ratio(samples, EngineCounter.FORCED_ENTRIES, EngineCounter.FORCES));
        appendRatio(text, "mean force time", "%17.1f us", StatCommand.ratio(samples, EngineCounter.FORCE_TIME, EngineCounter.FORCES) / 1_000);
        appendRatio(text, "mean apply time per entry", "%17.3f us",
            StatCommand.ratio(samples, EngineCounter.APPLY_TIME, EngineCounter.APPLIED_ENTRIES) / 1_000);
    }

    private static void appendRatio(final StringBuilder text, final String label, final String format, final double ratio) {
        if (Double.isFinite(ratio)) {
            text.append(String.format(Locale.ROOT, "%-28s " + format + "%n", label, ratio));
        }
    }

    private static String written(final CounterSample sample) {
        return switch (sample.counter().unit()) {
            case NONE -> String.format(Locale.ROOT, "%,d", sample.value());
            case BYTES -> String.format(Locale.ROOT, "%,d B", sample.value());
            case NANOSECONDS -> String.format(Locale.ROOT, "%,.1f us", sample.value() / 1e3);
        };
    }

    private static String firstLine(final String trace) {
        final int end = trace.indexOf('\n');
        return (end < 0 ? trace : trace.substring(0, end)).strip();
    }

    String json(final CountersView view) {
        final List<CounterSample> samples = view.samples();
        final Json json = new Json().object()
            .put("file", view.file().toString()).put("node", view.nodeId()).put("pid", view.process().pid()).put("alive", view.process().isAlive())
            .put("state", state(view, samples)).put("startedMs", view.nodeStartMs()).put("timeMs", System.currentTimeMillis())
            .object("counters");
        samples.forEach(sample -> json.put(sample.label(), sample.value()));
        json.endObject().object("derived")
            .put("entriesPerForce", StatCommand.ratio(samples, EngineCounter.FORCED_ENTRIES, EngineCounter.FORCES))
            .put("meanForceNs", StatCommand.ratio(samples, EngineCounter.FORCE_TIME, EngineCounter.FORCES))
            .put("meanApplyNs", StatCommand.ratio(samples, EngineCounter.APPLY_TIME, EngineCounter.APPLIED_ENTRIES))
            .endObject().array("errors");
        for (final CountersView.ErrorSample error : view.errors()) {
            json.object().put("count", error.count()).put("firstMs", error.firstMs()).put("lastMs", error.lastMs())
                .put("error", traces ? error.trace() : firstLine(error.trace())).endObject();
        }
        return json.endArray().endObject().toString();
    }
}
