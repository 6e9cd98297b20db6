package io.cairn.engine;

import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A user's own machine, as small as one can be: counts words on the heap. A command is a word, its answer the count; a query is a word, too.
 */
final class WordCountMachine implements StateMachine {
    static final String NAME = "word-count";
    static final int UNKNOWN_WORD = ApplyStatus.USER_FIRST;
    static final int RUDE = ApplyStatus.USER_ERROR_FIRST - 7;

    private static final String FILE = "counts";

    private TreeMap<String, Long> counts = new TreeMap<>();
    private String poison;
    private String ignored;
    private boolean restoreFails;
    private int restoredWords;
    private boolean closed;

    /** Throws when this word is applied. */
    WordCountMachine poisonedBy(final String word) {
        poison = word;
        return this;
    }

    /** Does not count this word: as after a change of the machine. */
    WordCountMachine ignoring(final String word) {
        ignored = word;
        return this;
    }

    WordCountMachine failingToRestore() {
        restoreFails = true;
        return this;
    }

    int restoredWords() {
        return restoredWords;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void open(final StateMachineContext context) {
        // Nothing of the engine's tables is used.
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        final String word = entry.buffer().getStringWithoutLengthUtf8(entry.offset(), entry.length());
        if (word.equals(poison)) {
            throw new IllegalStateException("the word '" + word + "' is poison");
        }
        if (word.equals(ignored)) {
            return;
        }
        reply.appendLong(counts.merge(word, 1L, Long::sum));
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        final Long count = counts.get(request.getStringWithoutLengthUtf8(offset, length));
        if (null == count) {
            reply.only(UNKNOWN_WORD);
        } else {
            reply.appendLong(count);
        }
    }

    @Override
    public MachineSnapshot snapshot() {
        return new Counts(new TreeMap<>(counts));
    }

    @Override
    public void restore(final SnapshotSource source) {
        if (restoreFails) {
            throw new IllegalStateException("cannot read these counts");
        }
        counts = new TreeMap<>();
        if (source.length(FILE) > 0) {
            final UnsafeBuffer text = new UnsafeBuffer(new byte[(int)source.length(FILE)]);
            source.read(FILE, 0, text, 0, text.capacity());
            text.getStringWithoutLengthUtf8(0, text.capacity()).lines().forEach(line -> {
                final int tab = line.indexOf('\t');
                counts.put(line.substring(tab + 1), Long.parseLong(line.substring(0, tab)));
            });
        }
        restoredWords = counts.size();
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        return "damn".equals(command.getStringWithoutLengthUtf8(offset, length)) ? RUDE : ApplyStatus.OK;
    }

    @Override
    public void close() {
        closed = true;
    }

    /** A copy: small states may do that; large ones belong into the engine's tables. */
    private record Counts(Map<String, Long> counts) implements MachineSnapshot {
        @Override
        public boolean inTables() {
            return false;
        }

        @Override
        public void writeTo(final SnapshotSink sink) {
            sink.begin(FILE);
            counts.forEach((word, count) -> {
                final byte[] line = (count + "\t" + word + "\n").getBytes(StandardCharsets.UTF_8);
                sink.write(new UnsafeBuffer(line), 0, line.length);
            });
        }

        @Override
        public void close() {
            // Held by nobody else.
        }
    }
}
