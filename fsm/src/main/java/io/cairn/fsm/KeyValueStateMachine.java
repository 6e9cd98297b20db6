package io.cairn.fsm;

import org.agrona.DirectBuffer;

/**
 * The ordered key-value map as a state machine: commands and queries of {@code kv-command.xml} over {@link io.cairn.fsm.page.Tables}. Time is the
 * timestamp of the entry that is applied. Owner: the Applier, but for {@link #validate} and {@link #pagesBound}.
 */
public final class KeyValueStateMachine implements StateMachine {
    /** Name of the table that is always there. */
    public static final String DEFAULT_TABLE_NAME = "default";
    /** Name of the reserved table that orders keys by their expiry. */
    public static final String EXPIRIES_TABLE_NAME = "$expiries";

    @Override
    public void open(final StateMachineContext context) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void tick(final LogEntry entry) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasTimers() {
        throw new UnsupportedOperationException();
    }

    @Override
    public MachineSnapshot snapshot() {
        return MachineSnapshot.IN_TABLES;
    }

    @Override
    public void restore(final SnapshotSource source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int pagesBound(final DirectBuffer command, final int offset, final int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
