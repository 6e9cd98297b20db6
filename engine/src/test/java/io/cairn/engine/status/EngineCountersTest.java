package io.cairn.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineCountersTest {
    private static final int ERROR_LOG_LENGTH = 16 * 1024;
    private static final int NODE_ID = 7;

    @TempDir
    private Path dir;

    private EngineCounters create(final Path file) {
        return EngineCounters.create(file, ERROR_LOG_LENGTH, NODE_ID, () -> 1_234L);
    }

    private static long value(final List<CounterSample> samples, final String label) {
        return samples.stream().filter(sample -> sample.label().equals(label)).findFirst().orElseThrow().value();
    }

    @Test
    void shouldShowEveryCounterToAnotherMappingWhenTheNodeCounts() {
        final Path file = dir.resolve("sub").resolve("counters.dat");
        try (EngineCounters counters = create(file); CountersView view = CountersView.open(file)) {
            assertEquals(EngineCounter.values().length - 1 + AgentKind.values().length, view.samples().size());
            assertTrue(view.samples().stream().allMatch(sample -> sample.value() == 0 && sample.nodeId() == NODE_ID));
            assertEquals(NODE_ID, view.nodeId());
            assertEquals(1_234L, view.nodeStartMs());
            assertEquals(ProcessIdentity.current(), view.process());
            assertTrue(view.process().isAlive());

            counters.counter(EngineCounter.APPLIED_INDEX).setRelease(42);
            counters.counter(EngineCounter.FORCES).incrementRelease();
            counters.dutyCycleMax(AgentKind.APPLIER).proposeMaxRelease(5_000);
            counters.dutyCycleMax(AgentKind.APPLIER).proposeMaxRelease(4_000);

            assertEquals(42, value(view.samples(), "applied-index"));
            assertEquals(1, value(view.samples(), "forces"));
            assertEquals(5_000, value(view.samples(), "duty-cycle-max.applier"));
            assertEquals(0, value(view.samples(), "duty-cycle-max.syncer"));
        }
    }

    @Test
    void shouldKeepDistinctErrorsOnceWithTheirCountWhenTheyRepeat() {
        final Path file = dir.resolve("counters.dat");
        try (EngineCounters counters = create(file); CountersView view = CountersView.open(file)) {
            assertEquals(List.of(), view.errors());
            for (int i = 0; i < 3; i++) {
                counters.onError(new IllegalStateException("the disk is full"));
            }
            assertEquals(3, value(view.samples(), "errors"));
            assertEquals(1, view.errors().size());
            assertEquals(3, view.errors().get(0).count());
            assertEquals(1_234L, view.errors().get(0).lastMs());
            assertTrue(view.errors().get(0).trace().contains("the disk is full"));
        }
    }

    @Test
    void shouldOnlyCountNewKindsOfErrorWhenTheLogIsFull() {
        try (EngineCounters counters = EngineCounters.inMemory(ERROR_LOG_LENGTH, NODE_ID, () -> 0L)) {
            final String longText = "x".repeat(1_000);
            for (int i = 0; i < 100; i++) {
                counters.onError(new IllegalStateException(i + longText));
            }
            assertEquals(100, counters.counter(EngineCounter.ERRORS).get());
        }
    }

    @Test
    void shouldReadTheLastValuesWhenTheNodeHasClosed() {
        final Path file = dir.resolve("counters.dat");
        try (EngineCounters counters = create(file)) {
            counters.counter(EngineCounter.NODE_STATE).setRelease(EngineCounter.STATE_CLOSED);
        }
        try (CountersView view = CountersView.open(file)) {
            assertEquals(EngineCounter.STATE_CLOSED, value(view.samples(), "node-state"));
        }
    }

    @Test
    void shouldReplaceTheFileWhenAnEarlierRunLeftOne() {
        final Path file = dir.resolve("counters.dat");
        try (EngineCounters counters = create(file)) {
            counters.counter(EngineCounter.TERM).setRelease(9);
        }
        try (EngineCounters counters = create(file); CountersView view = CountersView.open(file)) {
            assertEquals(0, value(view.samples(), "term"));
            assertEquals(0, counters.counter(EngineCounter.TERM).get());
        }
    }

    @Test
    void shouldCloseTwiceWithoutHarm() {
        final EngineCounters counters = create(dir.resolve("counters.dat"));
        counters.close();
        counters.close();
    }

    @Test
    void shouldSayWhatToDoWhenTheFileCannotBeMade() throws IOException {
        final Path plain = Files.writeString(dir.resolve("plain"), "x");
        final String message = assertThrows(StatusException.class, () -> create(plain.resolve("counters.dat"))).getMessage();
        assertTrue(message.startsWith("counters file " + plain.resolve("counters.dat") + " cannot be made: "), message);
        assertTrue(message.endsWith("; set counters.dir to a directory that can be written"), message);
    }

    @Test
    void shouldRefuseToReadWhatIsNoCountersFile() throws IOException {
        final Path missing = dir.resolve("none");
        assertTrue(assertThrows(StatusException.class, () -> CountersView.open(missing)).getMessage().startsWith("no counters file " + missing));

        for (final byte[] content : new byte[][] {{}, new byte[100], new byte[100_000]}) {
            final Path file = Files.write(dir.resolve("other"), content);
            assertEquals(file + " is not a counters file, or its node is just starting",
                assertThrows(StatusException.class, () -> CountersView.open(file)).getMessage());
        }
    }

    @Test
    void shouldRefuseAnotherVersionAndADamagedHeader() throws IOException {
        final Path file = dir.resolve("counters.dat");
        create(file).close();
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(8);
            raw.write(99);
            assertEquals(file + " is a counters file of version 99; this program reads version 1",
                assertThrows(StatusException.class, () -> CountersView.open(file)).getMessage());
            raw.seek(8);
            raw.write(1);
            raw.setLength(raw.length() - 4096);
            assertEquals(file + " is a damaged counters file: its length and its header disagree",
                assertThrows(StatusException.class, () -> CountersView.open(file)).getMessage());
        }
    }

    /** The lengths are those of another process, or of a file that rotted: none of them says how much memory is taken. */
    @Test
    void shouldTakeNoMemoryForLengthsThatADamagedFileSays() throws IOException {
        final Path file = dir.resolve("counters.dat");
        final EngineCounters counters = create(file);
        counters.onError(new IllegalStateException("once"));
        counters.close();
        final int errors = CountersDescriptor.HEADER_LENGTH + CountersDescriptor.COUNTERS_MAX * (512 + 128);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            for (int counter = 0; counter < 3; counter++) {
                raw.seek(CountersDescriptor.HEADER_LENGTH + 512 * counter + CountersReader.LABEL_OFFSET);
                raw.write(new byte[] {-1, -1, -1, 127});
            }
            try (CountersView view = CountersView.open(file)) {
                assertFalse(view.samples().isEmpty());
                assertEquals(1, view.errors().size());
            }
            for (final byte[] length : new byte[][] {{-1, -1, -1, 127}, {-1, -1, -1, -1}, {4, 0, 0, 0}}) {
                raw.seek(errors);
                raw.write(length);
                try (CountersView view = CountersView.open(file)) {
                    assertTrue(assertThrows(StatusException.class, view::errors).getMessage().startsWith(file + " is a damaged counters file"));
                }
            }
        }
    }

    @Test
    void shouldTellADeadProcessFromALivingOne() {
        final ProcessIdentity current = ProcessIdentity.current();
        assertTrue(current.isAlive());
        assertFalse(new ProcessIdentity(current.pid(), current.startMs() + 60_000).isAlive());
        assertFalse(new ProcessIdentity(Integer.MAX_VALUE, 0).isAlive());
    }

    @Test
    void shouldGiveEveryCounterItsOwnTypeIdAndMetricName() {
        final Set<Integer> typeIds = new HashSet<>();
        final Set<String> names = new HashSet<>();
        for (final EngineCounter counter : EngineCounter.values()) {
            assertTrue(counter.typeId() >= 1000, counter.label());
            assertTrue(typeIds.add(counter.typeId()), counter.label());
            assertTrue(names.add(counter.metricName()), counter.label());
            assertTrue(counter.metricName().matches("cairn_[a-z_]+"), counter.metricName());
            assertEquals(counter.kind() == EngineCounter.Kind.COUNTER, counter.metricName().endsWith("_total"), counter.metricName());
            assertEquals(counter, EngineCounter.ofTypeId(counter.typeId()));
        }
        assertNull(EngineCounter.ofTypeId(999));
    }

    @Test
    void shouldRefuseToLookUpACounterThatExistsPerAgent() {
        try (EngineCounters counters = EngineCounters.inMemory(ERROR_LOG_LENGTH, NODE_ID, () -> 0L)) {
            assertThrows(IllegalArgumentException.class, () -> counters.counter(EngineCounter.DUTY_CYCLE_MAX));
        }
    }
}
