package io.cairn.engine.status;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
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
        final UnsafeBuffer key = new UnsafeBuffer(0, 0);
        // The labels in the file are for other readers, and as long as the file says: what is shown here is known by the type.
        for (int counterId = 0; counterId <= reader.maxCounterId(); counterId++) {
            final int state = reader.getCounterState(counterId);
            if (CountersReader.RECORD_UNUSED == state) {
                break;
            }
            final EngineCounter counter = EngineCounter.ofTypeId(reader.getCounterTypeId(counterId));
            if (CountersReader.RECORD_ALLOCATED == state && counter != null) {
                final int keyOffset = CountersReader.metaDataOffset(counterId) + CountersReader.KEY_OFFSET;
                key.wrap(reader.metaDataBuffer(), keyOffset, CountersReader.MAX_KEY_LENGTH);
                samples.add(new CounterSample(counter, CountersDescriptor.agent(key), key.getInt(0), reader.getCounterValue(counterId)));
            }
        }
        samples.sort(ORDER);
        return samples;
    }
}
