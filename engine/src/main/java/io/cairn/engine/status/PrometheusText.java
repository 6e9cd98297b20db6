package io.cairn.engine.status;

import java.util.List;

/**
 * Writes samples in the text exposition format of Prometheus, version 0.0.4.
 */
final class PrometheusText {
    private static final double NANOSECONDS_PER_SECOND = 1e9;

    private PrometheusText() {
    }

    /**
     * Render samples.
     *
     * @param samples sorted by counter, so that the samples of a metric stand together as the format demands.
     * @return the text, ending with a line feed.
     */
    static String of(final List<CounterSample> samples) {
        final StringBuilder text = new StringBuilder(8192);
        EngineCounter previous = null;
        for (final CounterSample sample : samples) {
            final EngineCounter counter = sample.counter();
            final String name = counter.metricName();
            if (counter != previous) {
                text.append("# HELP ").append(name).append(' ').append(escaped(counter.help())).append('\n');
                text.append("# TYPE ").append(name).append(counter.kind() == EngineCounter.Kind.COUNTER ? " counter\n" : " gauge\n");
                previous = counter;
            }
            text.append(name).append("{node=\"").append(sample.nodeId()).append('"');
            if (sample.agent() != null) {
                text.append(",agent=\"").append(sample.agent().label()).append('"');
            }
            text.append("} ");
            if (counter.unit() == EngineCounter.Unit.NANOSECONDS) {
                text.append(sample.value() / NANOSECONDS_PER_SECOND);
            } else {
                text.append(sample.value());
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String escaped(final String help) {
        return help.replace("\\", "\\\\").replace("\n", "\\n");
    }
}
