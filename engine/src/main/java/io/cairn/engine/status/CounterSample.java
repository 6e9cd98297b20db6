package io.cairn.engine.status;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.agrona.concurrent.status.CountersReader;

/**
 * The value of one counter at one moment.
 *
 * @param counter which.
 * @param agent   whose, null where the counter exists once.
 * @param nodeId  of which node.
 * @param value   in the unit of the counter.
 */
public record CounterSample(EngineCounter counter, AgentKind agent, int nodeId, long value) {
    private static final Comparator<CounterSample> ORDER =
        Comparator.comparing(CounterSample::counter).thenComparing(CounterSample::agent, Comparator.nullsFirst(Comparator.naturalOrder()));

    /**
     * Name for a person.
     *
     * @return the counter's label, with the agent where there is one.
     */
    public String label() {
        return agent == null ? counter.label() : counter.label() + "." + agent.label();
    }

    static List<CounterSample> all(final CountersReader reader) {
        final List<CounterSample> samples = new ArrayList<>();
        reader.forEach((counterId, typeId, key, label) -> {
            final EngineCounter counter = EngineCounter.ofTypeId(typeId);
            if (counter != null) {
                samples.add(new CounterSample(counter, CountersDescriptor.agent(key), key.getInt(0), reader.getCounterValue(counterId)));
            }
        });
        samples.sort(ORDER);
        return samples;
    }
}
